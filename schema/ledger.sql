-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table ledger.account : row level security, forced
-- column ledger.account.operator_id : uuid not null
-- column ledger.account.id : uuid not null
-- column ledger.account.flags : integer not null
-- column ledger.account.ledger : bigint not null
-- column ledger.account.code : integer not null
-- column ledger.account.user_data_128 : uuid
-- column ledger.account.user_data_64 : bigint
-- column ledger.account.user_data_32 : bigint
-- column ledger.account.timestamp_ns : bigint not null
-- column ledger.account.closed : boolean not null default false
-- column ledger.account.watched : boolean not null default false
-- column ledger.account.debits_pending : bigint not null default 0
-- column ledger.account.debits_posted : bigint not null default 0
-- column ledger.account.credits_pending : bigint not null default 0
-- column ledger.account.credits_posted : bigint not null default 0
-- column ledger.account.checkpoint_sequence : bigint not null default 0
-- column ledger.account.balances_set : boolean not null default false
-- constraint ledger.account.account_code_check : CHECK (((code >= 1) AND (code <= 65535)))
-- constraint ledger.account.account_credits_pending_check : CHECK ((credits_pending >= 0))
-- constraint ledger.account.account_credits_posted_check : CHECK ((credits_posted >= 0))
-- constraint ledger.account.account_debits_pending_check : CHECK ((debits_pending >= 0))
-- constraint ledger.account.account_debits_posted_check : CHECK ((debits_posted >= 0))
-- constraint ledger.account.account_flags_check : CHECK (((flags & 6) <> 6))
-- constraint ledger.account.account_ledger_check : CHECK (((ledger >= 1) AND (ledger <= '4294967295'::bigint)))
-- constraint ledger.account.account_pkey : PRIMARY KEY (operator_id, id)
-- constraint ledger.account.credits_must_not_exceed_debits : CHECK ((((flags & 4) = 0) OR balances_set OR (((credits_pending)::numeric + (credits_posted)::numeric) <= (debits_posted)::numeric)))
-- constraint ledger.account.debits_must_not_exceed_credits : CHECK ((((flags & 2) = 0) OR balances_set OR (((debits_pending)::numeric + (debits_posted)::numeric) <= (credits_posted)::numeric)))
-- policy ledger.account.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ledger.account.identity_is_immutable : CREATE TRIGGER identity_is_immutable BEFORE UPDATE ON ledger.account FOR EACH ROW WHEN ((((((((old.operator_id IS DISTINCT FROM new.operator_id) OR (old.id IS DISTINCT FROM new.id)) OR (old.flags IS DISTINCT FROM new.flags)) OR (old.ledger IS DISTINCT FROM new.ledger)) OR (old.code IS DISTINCT FROM new.code)) OR (old.timestamp_ns IS DISTINCT FROM new.timestamp_ns)) OR (((old.user_data_128 IS DISTINCT FROM new.user_data_128) OR (old.user_data_64 IS DISTINCT FROM new.user_data_64)) OR (old.user_data_32 IS DISTINCT FROM new.user_data_32)) OR (new.checkpoint_sequence < old.checkpoint_sequence) OR (old.balances_set AND (NOT new.balances_set)))) EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.account.never_deleted : CREATE TRIGGER never_deleted BEFORE DELETE ON ledger.account FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.account.never_truncated : CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger.account FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.account to kirchhoff_app : insert, select, update
-- grant ledger.account to kirchhoff_platform : select

-- table ledger.expiry : row level security, forced
-- column ledger.expiry.operator_id : uuid not null
-- column ledger.expiry.pending_id : uuid not null
-- column ledger.expiry.sequence : bigint not null default nextval('ledger.movement_sequence'::regclass)
-- column ledger.expiry.debit_account_id : uuid not null
-- column ledger.expiry.credit_account_id : uuid not null
-- column ledger.expiry.pending_delta : bigint not null
-- column ledger.expiry.ledger : bigint not null
-- column ledger.expiry.timestamp_ns : bigint not null
-- constraint ledger.expiry.expiry_pending_delta_check : CHECK ((pending_delta <= 0))
-- constraint ledger.expiry.expiry_pkey : PRIMARY KEY (operator_id, pending_id)
-- policy ledger.expiry.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ledger.expiry.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.expiry FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.expiry.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.expiry FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.expiry to kirchhoff_app : insert, select
-- grant ledger.expiry to kirchhoff_platform : select

-- table ledger.pending_transfer : row level security, forced
-- column ledger.pending_transfer.operator_id : uuid not null
-- column ledger.pending_transfer.id : uuid not null
-- column ledger.pending_transfer.status : text not null default 'pending'::text
-- column ledger.pending_transfer.expires_at_ns : bigint
-- constraint ledger.pending_transfer.pending_transfer_pkey : PRIMARY KEY (operator_id, id)
-- constraint ledger.pending_transfer.pending_transfer_status_check : CHECK ((status = ANY (ARRAY['pending'::text, 'posted'::text, 'voided'::text, 'expired'::text])))
-- policy ledger.pending_transfer.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ledger.pending_transfer.never_deleted : CREATE TRIGGER never_deleted BEFORE DELETE ON ledger.pending_transfer FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.pending_transfer.never_truncated : CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger.pending_transfer FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.pending_transfer.settled_once : CREATE TRIGGER settled_once BEFORE UPDATE ON ledger.pending_transfer FOR EACH ROW WHEN (((old.status <> 'pending'::text) OR (new.status = 'pending'::text) OR (((old.operator_id IS DISTINCT FROM new.operator_id) OR (old.id IS DISTINCT FROM new.id)) OR (old.expires_at_ns IS DISTINCT FROM new.expires_at_ns)))) EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.pending_transfer to kirchhoff_app : insert, select, update
-- grant ledger.pending_transfer to kirchhoff_platform : select

-- table ledger.transfer : row level security, forced
-- column ledger.transfer.operator_id : uuid not null
-- column ledger.transfer.id : uuid not null
-- column ledger.transfer.sequence : bigint not null default nextval('ledger.movement_sequence'::regclass)
-- column ledger.transfer.debit_account_id : uuid not null
-- column ledger.transfer.credit_account_id : uuid not null
-- column ledger.transfer.amount : bigint not null
-- column ledger.transfer.pending_delta : bigint not null
-- column ledger.transfer.posted_delta : bigint not null
-- column ledger.transfer.timestamp_ns : bigint not null
-- column ledger.transfer.ledger : bigint not null
-- column ledger.transfer.code : integer not null
-- column ledger.transfer.flags : integer not null
-- column ledger.transfer.timeout : bigint not null default 0
-- column ledger.transfer.pending_id : uuid
-- column ledger.transfer.user_data_128 : uuid
-- column ledger.transfer.user_data_64 : bigint
-- column ledger.transfer.user_data_32 : bigint
-- column ledger.transfer.refused_as : text
-- constraint ledger.transfer.transfer_amount_check : CHECK ((amount >= 0))
-- constraint ledger.transfer.transfer_check : CHECK (((refused_as IS NULL) OR ((pending_delta = 0) AND (posted_delta = 0))))
-- constraint ledger.transfer.transfer_check1 : CHECK (((refused_as IS NOT NULL) OR (debit_account_id <> credit_account_id)))
-- constraint ledger.transfer.transfer_pkey : PRIMARY KEY (operator_id, id)
-- constraint ledger.transfer.transfer_posted_delta_check : CHECK ((posted_delta >= 0))
-- policy ledger.transfer.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ledger.transfer.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.transfer FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.transfer.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.transfer FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.transfer to kirchhoff_app : insert, select
-- grant ledger.transfer to kirchhoff_platform : select

-- index ledger.expiry_credits : CREATE INDEX expiry_credits ON ledger.expiry USING btree (credit_account_id, operator_id, sequence)
-- index ledger.expiry_debits : CREATE INDEX expiry_debits ON ledger.expiry USING btree (debit_account_id, operator_id, sequence)
-- index ledger.expiry_sequence : CREATE INDEX expiry_sequence ON ledger.expiry USING btree (operator_id, sequence) WHERE (sequence > 0)
-- index ledger.pending_transfer_due : CREATE INDEX pending_transfer_due ON ledger.pending_transfer USING btree (operator_id, expires_at_ns) WHERE ((status = 'pending'::text) AND (expires_at_ns IS NOT NULL))
-- index ledger.transfer_credits : CREATE INDEX transfer_credits ON ledger.transfer USING btree (credit_account_id, operator_id, sequence) WHERE (refused_as IS NULL)
-- index ledger.transfer_debits : CREATE INDEX transfer_debits ON ledger.transfer USING btree (debit_account_id, operator_id, sequence) WHERE (refused_as IS NULL)
-- index ledger.transfer_sequence : CREATE INDEX transfer_sequence ON ledger.transfer USING btree (operator_id, sequence) WHERE (sequence > 0)

-- view ledger.movement : SELECT transfer.operator_id,
        transfer.sequence,
        transfer.id AS transfer_id,
        false AS expired,
        transfer.ledger,
        transfer.debit_account_id,
        transfer.credit_account_id,
        transfer.pending_delta,
        transfer.posted_delta,
        transfer.timestamp_ns
       FROM ledger.transfer
      WHERE (transfer.refused_as IS NULL)
    UNION ALL
     SELECT expiry.operator_id,
        expiry.sequence,
        expiry.pending_id AS transfer_id,
        true AS expired,
        expiry.ledger,
        expiry.debit_account_id,
        expiry.credit_account_id,
        expiry.pending_delta,
        (0)::bigint AS posted_delta,
        expiry.timestamp_ns
       FROM ledger.expiry;

-- function ledger.balances_of(a ledger.account, OUT debits_pending bigint, OUT debits_posted bigint, OUT credits_pending bigint, OUT credits_posted bigint) : CREATE OR REPLACE FUNCTION ledger.balances_of(a ledger.account, OUT debits_pending bigint, OUT debits_posted bigint, OUT credits_pending bigint, OUT credits_posted bigint)
     RETURNS record
     LANGUAGE plpgsql
     STABLE PARALLEL SAFE
     SET enable_seqscan TO 'off'
     SET enable_bitmapscan TO 'off'
     SET enable_sort TO 'off'
    AS $function$
    declare
      lapsed_debits numeric;
      lapsed_credits numeric;
    begin
      debits_pending := a.debits_pending; debits_posted := a.debits_posted; credits_pending := a.credits_pending; credits_posted := a.credits_posted;
      if a.flags & 6 <> 0 then return; end if;
      select coalesce(sum(e.pending_delta), 0) into lapsed_debits from (select x.pending_delta from ledger.expiry x
        where x.operator_id = a.operator_id and x.debit_account_id = a.id and x.sequence > a.checkpoint_sequence order by x.sequence offset 0) e;
      select coalesce(sum(e.pending_delta), 0) into lapsed_credits from (select x.pending_delta from ledger.expiry x
        where x.operator_id = a.operator_id and x.credit_account_id = a.id and x.sequence > a.checkpoint_sequence order by x.sequence offset 0) e;
      select (a.debits_pending + lapsed_debits + coalesce(sum(t.pending_delta), 0))::bigint, (a.debits_posted + coalesce(sum(t.posted_delta), 0))::bigint
        into debits_pending, debits_posted from (select x.pending_delta, x.posted_delta from ledger.transfer x
        where x.operator_id = a.operator_id and x.debit_account_id = a.id and x.sequence > a.checkpoint_sequence and x.refused_as is null order by x.sequence offset 0) t;
      select (a.credits_pending + lapsed_credits + coalesce(sum(t.pending_delta), 0))::bigint, (a.credits_posted + coalesce(sum(t.posted_delta), 0))::bigint
        into credits_pending, credits_posted from (select x.pending_delta, x.posted_delta from ledger.transfer x
        where x.operator_id = a.operator_id and x.credit_account_id = a.id and x.sequence > a.checkpoint_sequence and x.refused_as is null order by x.sequence offset 0) t;
    end $function$
-- function ledger.enter_flush(operators uuid[], closing boolean) : CREATE OR REPLACE FUNCTION ledger.enter_flush(operators uuid[], closing boolean)
     RETURNS void
     LANGUAGE plpgsql
    AS $function$
    declare
      entrant uuid;
      attempts integer := 0;
    begin
      foreach entrant in array operators loop
        if not closing then
          perform pg_advisory_xact_lock_shared(1262830412, hashtext(entrant::text));
        else
          while not pg_try_advisory_xact_lock(1262830412, hashtext(entrant::text)) loop
            attempts := attempts + 1;
            if attempts > 400 then perform pg_advisory_xact_lock(1262830412, hashtext(entrant::text)); end if;
            perform pg_sleep(0.005);
          end loop;
        end if;
      end loop;
    end $function$
-- function ledger.expire_transfers(operator uuid, ids uuid[], now_ns bigint, first_timestamp_ns bigint, count_max integer) : CREATE OR REPLACE FUNCTION ledger.expire_transfers(operator uuid, ids uuid[], now_ns bigint, first_timestamp_ns bigint, count_max integer)
     RETURNS TABLE(pending_id uuid, timestamp_ns bigint)
     LANGUAGE plpgsql
     SET enable_seqscan TO 'off'
     SET enable_bitmapscan TO 'off'
     SET enable_hashjoin TO 'off'
     SET enable_mergejoin TO 'off'
     SET enable_material TO 'off'
     SET plan_cache_mode TO 'force_generic_plan'
    AS $function$
    #variable_conflict use_column
    declare
      due uuid[];
    begin
      perform ledger.enter_flush(array[operator], false);
      perform pg_current_xact_id();
      select array_agg(p.id order by p.expires_at_ns, p.id) into due from (
        select x.id, x.expires_at_ns from ledger.pending_transfer x
          where x.operator_id = operator and x.status = 'pending' and x.expires_at_ns <= now_ns and (cardinality(ids) = 0 or x.id = any (ids))
          order by x.operator_id, x.id limit count_max for update) p;
      if due is null then return; end if;
      perform 1 from ledger.account a where a.operator_id = operator and a.id in (
          select side.id from ledger.transfer t cross join lateral (values (t.debit_account_id), (t.credit_account_id)) side (id)
            where t.operator_id = operator and t.id = any (due)) and (a.flags & 6 <> 0 or a.closed)
        order by a.operator_id, a.id for update;
      insert into ledger.expiry (operator_id, pending_id, debit_account_id, credit_account_id, pending_delta, ledger, timestamp_ns)
        select operator, t.id, t.debit_account_id, t.credit_account_id, -t.pending_delta, t.ledger, first_timestamp_ns + d.position - 1
          from unnest(due) with ordinality d (id, position) join ledger.transfer t on t.operator_id = operator and t.id = d.id order by d.position;
      update ledger.pending_transfer p set status = 'expired' where p.operator_id = operator and p.id = any (due);
      update ledger.account a
        set debits_pending = a.debits_pending - case when a.flags & 6 <> 0 then s.debits else 0 end,
            credits_pending = a.credits_pending - case when a.flags & 6 <> 0 then s.credits else 0 end,
            closed = a.closed and not s.opens
        from (
          select side.id, sum(side.debits)::bigint as debits, sum(side.credits)::bigint as credits, bool_or(side.opens) as opens
            from ledger.transfer t
            cross join lateral (values (t.debit_account_id, t.amount, 0::bigint, t.flags & 64 <> 0), (t.credit_account_id, 0::bigint, t.amount, t.flags & 128 <> 0)) side (id, debits, credits, opens)
            where t.operator_id = operator and t.id = any (due) group by side.id) s
        where a.operator_id = operator and a.id = s.id and (a.flags & 6 <> 0 or s.opens);
      return query select e.pending_id, e.timestamp_ns from ledger.expiry e where e.operator_id = operator and e.pending_id = any (due) order by e.sequence;
    end $function$
-- function ledger.prefetch_transfers(operators uuid[], closing boolean, now_ns bigint, account_operators uuid[], account_ids uuid[], account_exact boolean[], transfer_operators uuid[], transfer_ids uuid[], pending_operators uuid[], pending_ids uuid[]) : CREATE OR REPLACE FUNCTION ledger.prefetch_transfers(operators uuid[], closing boolean, now_ns bigint, account_operators uuid[], account_ids uuid[], account_exact boolean[], transfer_operators uuid[], transfer_ids uuid[], pending_operators uuid[], pending_ids uuid[])
     RETURNS TABLE(kind text, operator_id uuid, id uuid, flags integer, ledger bigint, code integer, closed boolean, n1 bigint, n2 bigint, n3 bigint, n4 bigint, n5 bigint, debit_account_id uuid, credit_account_id uuid, pending_id uuid, user_data_128 uuid, status text, refused boolean)
     LANGUAGE plpgsql
     SET enable_seqscan TO 'off'
     SET enable_bitmapscan TO 'off'
     SET enable_hashjoin TO 'off'
     SET enable_mergejoin TO 'off'
     SET enable_material TO 'off'
     SET plan_cache_mode TO 'force_generic_plan'
    AS $function$
    #variable_conflict use_column
    declare
      more_operators uuid[];
      more_ids uuid[];
    begin
      return query select 'd', p.operator_id, null::uuid, null::integer, null::bigint, null::integer, null::boolean, null::bigint, null::bigint, null::bigint, null::bigint, null::bigint,
          null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::boolean
        from unnest(operators) o (operator_id) cross join lateral (select x.operator_id from ledger.pending_transfer x
          where x.operator_id = o.operator_id and x.status = 'pending' and x.expires_at_ns <= now_ns order by x.expires_at_ns limit 1) p;
      if found then return; end if;
      perform ledger.enter_flush(operators, closing);
    
      if cardinality(pending_ids) > 0 then
        perform 1 from unnest(pending_operators, pending_ids) k (operator_id, id)
          join ledger.pending_transfer p on p.operator_id = k.operator_id and p.id = k.id
          order by p.operator_id, p.id for update of p;
        select array_agg(s.operator_id), array_agg(s.id) into more_operators, more_ids from (
          select t.operator_id, side.id
            from unnest(pending_operators, pending_ids) k (operator_id, id)
            join ledger.transfer t on t.operator_id = k.operator_id and t.id = k.id
            cross join lateral (values (t.debit_account_id), (t.credit_account_id)) side (id)
            where t.pending_delta > 0 or t.flags & 2 <> 0
          except select * from unnest(account_operators, account_ids)) s;
        if more_ids is not null then
          account_operators := account_operators || more_operators;
          account_ids := account_ids || more_ids;
        end if;
      end if;
    
      perform 1 from unnest(account_operators, account_ids, account_exact) k (operator_id, id, exact)
        join ledger.account a on a.operator_id = k.operator_id and a.id = k.id
        where a.flags & 6 <> 0 or a.watched or k.exact
        order by a.operator_id, a.id for update of a;
    
      return query select 'a', a.operator_id, a.id, a.flags, a.ledger, a.code, a.closed,
          case when a.flags & 6 <> 0 then a.debits_pending else b.debits_pending end, case when a.flags & 6 <> 0 then a.debits_posted else b.debits_posted end,
          case when a.flags & 6 <> 0 then a.credits_pending else b.credits_pending end, case when a.flags & 6 <> 0 then a.credits_posted else b.credits_posted end,
          null::bigint, null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::boolean
        from unnest(account_operators, account_ids, account_exact) k (operator_id, id, exact)
        join ledger.account a on a.operator_id = k.operator_id and a.id = k.id
        -- The condition stands inside, where it keeps the function from being called; on the join it would only drop its result.
        left join lateral (select * from ledger.balances_of(a) where a.flags & 6 = 0 and (a.watched or k.exact) offset 0) b on true;
    
      if cardinality(transfer_ids) + cardinality(pending_ids) = 0 then return; end if;
      return query select 't', t.operator_id, t.id, t.flags, t.ledger, t.code, null::boolean, t.amount, t.timestamp_ns, t.timeout, t.user_data_64, t.user_data_32,
          t.debit_account_id, t.credit_account_id, t.pending_id, t.user_data_128, p.status, t.refused_as is not null
        from unnest(transfer_operators || pending_operators, transfer_ids || pending_ids) k (operator_id, id)
        join ledger.transfer t on t.operator_id = k.operator_id and t.id = k.id
        left join ledger.pending_transfer p on p.operator_id = t.operator_id and p.id = t.id;
    end $function$
-- function ledger.write_accounts(operator uuid, a_id uuid[], a_flags integer[], a_ledger bigint[], a_code integer[], a_user_128 uuid[], a_user_64 bigint[], a_user_32 bigint[], a_timestamp bigint[]) : CREATE OR REPLACE FUNCTION ledger.write_accounts(operator uuid, a_id uuid[], a_flags integer[], a_ledger bigint[], a_code integer[], a_user_128 uuid[], a_user_64 bigint[], a_user_32 bigint[], a_timestamp bigint[])
     RETURNS boolean
     LANGUAGE plpgsql
     SET plan_cache_mode TO 'force_generic_plan'
    AS $function$
    begin
      insert into ledger.account (operator_id, id, flags, ledger, code, user_data_128, user_data_64, user_data_32, timestamp_ns, closed)
        select operator, n.id, n.flags & ~32, n.ledger, n.code, n.user_128, n.user_64, n.user_32, n.timestamp_ns, n.flags & 32 <> 0
          from unnest(a_id, a_flags, a_ledger, a_code, a_user_128, a_user_64, a_user_32, a_timestamp) n (id, flags, ledger, code, user_128, user_64, user_32, timestamp_ns);
      return true;
    exception when unique_violation then
      return false;
    end $function$
-- function ledger.write_transfers(t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_pending_delta bigint[], t_posted_delta bigint[], t_timestamp bigint[], t_ledger bigint[], t_code integer[], t_flags integer[], t_timeout bigint[], t_pending_id uuid[], t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[], t_refused text[], t_pending_status text[], p_operator uuid[], p_id uuid[], p_status text[], a_operator uuid[], a_id uuid[], a_closed boolean[], a_watched boolean[], a_debits_pending bigint[], a_debits_posted bigint[], a_credits_pending bigint[], a_credits_posted bigint[]) : CREATE OR REPLACE FUNCTION ledger.write_transfers(t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_pending_delta bigint[], t_posted_delta bigint[], t_timestamp bigint[], t_ledger bigint[], t_code integer[], t_flags integer[], t_timeout bigint[], t_pending_id uuid[], t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[], t_refused text[], t_pending_status text[], p_operator uuid[], p_id uuid[], p_status text[], a_operator uuid[], a_id uuid[], a_closed boolean[], a_watched boolean[], a_debits_pending bigint[], a_debits_posted bigint[], a_credits_pending bigint[], a_credits_posted bigint[])
     RETURNS boolean
     LANGUAGE plpgsql
     SET enable_seqscan TO 'off'
     SET enable_bitmapscan TO 'off'
     SET enable_hashjoin TO 'off'
     SET enable_mergejoin TO 'off'
     SET enable_material TO 'off'
     SET plan_cache_mode TO 'force_generic_plan'
    AS $function$
    begin
      perform pg_current_xact_id();
      insert into ledger.transfer (operator_id, id, debit_account_id, credit_account_id, amount, pending_delta, posted_delta, timestamp_ns,
          ledger, code, flags, timeout, pending_id, user_data_128, user_data_64, user_data_32, refused_as)
        select * from unnest(t_operator, t_id, t_debit, t_credit, t_amount, t_pending_delta, t_posted_delta, t_timestamp,
          t_ledger, t_code, t_flags, t_timeout, t_pending_id, t_user_128, t_user_64, t_user_32, t_refused);
      if cardinality(t_pending_status) > 0 then
        insert into ledger.pending_transfer (operator_id, id, status, expires_at_ns)
          select n.operator_id, n.id, n.status, case when n.timeout > 0 then n.timestamp_ns - n.timestamp_ns % 1000000 + n.timeout * 1000000000 end
            from unnest(t_operator, t_id, t_pending_status, t_timestamp, t_timeout) n (operator_id, id, status, timestamp_ns, timeout) where n.status is not null;
      end if;
      if cardinality(p_id) > 0 then
        update ledger.pending_transfer p set status = s.status
          from unnest(p_operator, p_id, p_status) s (operator_id, id, status) where p.operator_id = s.operator_id and p.id = s.id;
      end if;
      if cardinality(a_id) > 0 then
        update ledger.account a set closed = n.closed, watched = a.watched or n.watched,
            debits_pending = coalesce(n.debits_pending, a.debits_pending), debits_posted = coalesce(n.debits_posted, a.debits_posted),
            credits_pending = coalesce(n.credits_pending, a.credits_pending), credits_posted = coalesce(n.credits_posted, a.credits_posted)
          from unnest(a_operator, a_id, a_closed, a_watched, a_debits_pending, a_debits_posted, a_credits_pending, a_credits_posted)
            n (operator_id, id, closed, watched, debits_pending, debits_posted, credits_pending, credits_posted)
          where a.operator_id = n.operator_id and a.id = n.id;
      end if;
      return true;
    exception when unique_violation then
      return false;
    end $function$
