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
-- constraint ledger.account.account_pkey : PRIMARY KEY (operator_id, id)
-- policy ledger.account.balances_are_not_negative : kirchhoff_app, kirchhoff_owner using true with check (LEAST(debits_pending, debits_posted, credits_pending, credits_posted) >= 0)
-- policy ledger.account.limits_hold : kirchhoff_app, kirchhoff_owner using true with check ((LEAST(debits_pending, debits_posted, credits_pending, credits_posted) >= 0) AND (((flags & 6) = 0) OR balances_set OR
    CASE
        WHEN ((flags & 2) <> 0) THEN (debits_pending <= (credits_posted - debits_posted))
        ELSE (credits_pending <= (debits_posted - credits_posted))
    END))
-- policy ledger.account.tenant : kirchhoff_app, kirchhoff_owner using ((operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[])) IS TRUE)
-- trigger ledger.account.guarded : CREATE TRIGGER guarded AFTER INSERT OR UPDATE OF operator_id, id, flags, ledger, code, timestamp_ns, user_data_128, user_data_64, user_data_32, closed, watched, checkpoint_sequence, balances_set ON ledger.account FOR EACH ROW EXECUTE FUNCTION ledger.guard_account()
-- trigger ledger.account.identity_is_valid : CREATE TRIGGER identity_is_valid BEFORE INSERT ON ledger.account FOR EACH ROW EXECUTE FUNCTION ledger.refuse_account()
-- trigger ledger.account.never_deleted : CREATE TRIGGER never_deleted BEFORE DELETE ON ledger.account FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.account.never_truncated : CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger.account FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.account to kirchhoff_app : insert, select, update
-- grant ledger.account to kirchhoff_platform : select

-- table ledger.account_movement : row level security, forced
-- column ledger.account_movement.operator_id : uuid not null
-- column ledger.account_movement.account_id : uuid not null
-- column ledger.account_movement.sequence : bigint not null
-- column ledger.account_movement.expired : boolean not null
-- constraint ledger.account_movement.account_movement_pkey : PRIMARY KEY (operator_id, account_id, sequence)
-- policy ledger.account_movement.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ledger.account_movement.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.account_movement FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.account_movement.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.account_movement FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.account_movement to kirchhoff_app : insert, select
-- grant ledger.account_movement to kirchhoff_platform : select

-- table ledger.chain_link : row level security, forced
-- column ledger.chain_link.operator_id : uuid not null
-- column ledger.chain_link.position : bigint not null
-- column ledger.chain_link.first_sequence : bigint not null
-- column ledger.chain_link.last_sequence : bigint not null
-- column ledger.chain_link.movements : integer not null
-- column ledger.chain_link.hash : bytea not null
-- constraint ledger.chain_link.chain_link_check : CHECK ((last_sequence >= first_sequence))
-- constraint ledger.chain_link.chain_link_hash_check : CHECK ((length(hash) = 32))
-- constraint ledger.chain_link.chain_link_movements_check : CHECK ((movements > 0))
-- constraint ledger.chain_link.chain_link_pkey : PRIMARY KEY (operator_id, "position")
-- constraint ledger.chain_link.chain_link_position_check : CHECK (("position" > 0))
-- policy ledger.chain_link.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ledger.chain_link.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.chain_link FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.chain_link.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.chain_link FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.chain_link to kirchhoff_app : insert, select
-- grant ledger.chain_link to kirchhoff_platform : select

-- table ledger.checkpoint : row level security, forced
-- column ledger.checkpoint.operator_id : uuid not null
-- column ledger.checkpoint.sequence : bigint not null default 0
-- column ledger.checkpoint.indexed_sequence : bigint not null default 0
-- constraint ledger.checkpoint.checkpoint_pkey : PRIMARY KEY (operator_id)
-- policy ledger.checkpoint.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ledger.checkpoint.never_deleted : CREATE TRIGGER never_deleted BEFORE DELETE ON ledger.checkpoint FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.checkpoint.never_truncated : CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.checkpoint.only_forward : CREATE TRIGGER only_forward BEFORE UPDATE ON ledger.checkpoint FOR EACH ROW WHEN (((old.operator_id IS DISTINCT FROM new.operator_id) OR (new.sequence < old.sequence) OR (new.indexed_sequence < old.indexed_sequence))) EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.checkpoint to kirchhoff_app : insert, select, update
-- grant ledger.checkpoint to kirchhoff_platform : select

-- table ledger.closed_period : row level security, forced
-- column ledger.closed_period.operator_id : uuid not null
-- column ledger.closed_period.month : date not null
-- column ledger.closed_period.closed_by : text not null
-- column ledger.closed_period.approved_by : text
-- column ledger.closed_period.reason : text
-- column ledger.closed_period.waived : jsonb not null
-- column ledger.closed_period.closed_at : timestamp with time zone not null
-- constraint ledger.closed_period.closed_period_approved_by_check : CHECK ((approved_by <> ''::text))
-- constraint ledger.closed_period.closed_period_closed_by_check : CHECK ((closed_by <> ''::text))
-- constraint ledger.closed_period.closed_period_four_eyes : CHECK (((jsonb_array_length(waived) = 0) OR ((approved_by IS NOT NULL) AND (approved_by <> closed_by) AND (reason IS NOT NULL))))
-- constraint ledger.closed_period.closed_period_month_check : CHECK ((EXTRACT(day FROM month) = (1)::numeric))
-- constraint ledger.closed_period.closed_period_pkey : PRIMARY KEY (operator_id, month)
-- constraint ledger.closed_period.closed_period_reason_check : CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 500)))
-- policy ledger.closed_period.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ledger.closed_period.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.closed_period FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.closed_period.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.closed_period FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.closed_period to kirchhoff_app : insert, select
-- grant ledger.closed_period to kirchhoff_platform : select

-- table ledger.exceptional_operator : row level security, forced
-- column ledger.exceptional_operator.operator_id : uuid not null
-- constraint ledger.exceptional_operator.exceptional_operator_pkey : PRIMARY KEY (operator_id)
-- policy ledger.exceptional_operator.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ledger.exceptional_operator.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.exceptional_operator FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.exceptional_operator.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.exceptional_operator FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.exceptional_operator to kirchhoff_app : insert, select
-- grant ledger.exceptional_operator to kirchhoff_platform : select

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

-- table ledger.period_close : row level security, forced
-- column ledger.period_close.operator_id : uuid not null
-- column ledger.period_close.close_id : uuid not null
-- column ledger.period_close.month : date not null
-- column ledger.period_close.purpose : text not null
-- column ledger.period_close.asked_by_kind : text not null
-- column ledger.period_close.asked_by : text not null
-- column ledger.period_close.asked_from : jsonb not null
-- column ledger.period_close.reason : text
-- column ledger.period_close.asked_at : timestamp with time zone not null
-- column ledger.period_close.state : text not null
-- column ledger.period_close.state_at : timestamp with time zone not null
-- column ledger.period_close.lease_until : timestamp with time zone
-- column ledger.period_close.tries : integer not null default 0
-- column ledger.period_close.gates_total : integer not null
-- column ledger.period_close.gates_done : integer not null default 0
-- column ledger.period_close.gate : text
-- column ledger.period_close.blockers : jsonb
-- column ledger.period_close.approval_id : uuid
-- column ledger.period_close.approved_by : text
-- column ledger.period_close.waived : jsonb
-- column ledger.period_close.last_error : text
-- constraint ledger.period_close.period_close_approved_by_check : CHECK ((approved_by <> ''::text))
-- constraint ledger.period_close.period_close_asked_by_check : CHECK ((asked_by <> ''::text))
-- constraint ledger.period_close.period_close_asked_by_kind_check : CHECK ((asked_by_kind = ANY (ARRAY['user'::text, 'api_client'::text])))
-- constraint ledger.period_close.period_close_four_eyes : CHECK ((((approved_by IS NULL) = (waived IS NULL)) AND ((approved_by IS NULL) OR (approved_by <> asked_by))))
-- constraint ledger.period_close.period_close_gates_total_check : CHECK ((gates_total >= 0))
-- constraint ledger.period_close.period_close_last_error_check : CHECK ((char_length(last_error) <= 2000))
-- constraint ledger.period_close.period_close_leased : CHECK (((state = 'checking'::text) = (lease_until IS NOT NULL)))
-- constraint ledger.period_close.period_close_month_check : CHECK ((EXTRACT(day FROM month) = (1)::numeric))
-- constraint ledger.period_close.period_close_pkey : PRIMARY KEY (operator_id, close_id)
-- constraint ledger.period_close.period_close_progress : CHECK (((gates_done >= 0) AND (gates_done <= gates_total)))
-- constraint ledger.period_close.period_close_purpose_check : CHECK ((purpose = ANY (ARRAY['check'::text, 'close'::text])))
-- constraint ledger.period_close.period_close_reason_check : CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 500)))
-- constraint ledger.period_close.period_close_state_check : CHECK ((state = ANY (ARRAY['waiting'::text, 'checking'::text, 'checked'::text, 'blocked'::text, 'awaiting_approval'::text, 'closed'::text, 'failed'::text])))
-- constraint ledger.period_close.period_close_tries_check : CHECK ((tries >= 0))
-- policy ledger.period_close.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant ledger.period_close to kirchhoff_app : insert, select
-- grant ledger.period_close to kirchhoff_platform : select

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
-- constraint ledger.transfer.transfer_pkey : PRIMARY KEY (operator_id, id)
-- policy ledger.transfer.moves_what_it_says : kirchhoff_app, kirchhoff_owner using true with check ((LEAST(amount, posted_delta) >= 0) AND
    CASE
        WHEN (refused_as IS NULL) THEN (debit_account_id <> credit_account_id)
        ELSE ((pending_delta = 0) AND (posted_delta = 0))
    END)
-- policy ledger.transfer.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ledger.transfer.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.transfer FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ledger.transfer.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.transfer FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant ledger.transfer to kirchhoff_app : insert, select
-- grant ledger.transfer to kirchhoff_platform : select

-- index ledger.expiry_sequence : CREATE INDEX expiry_sequence ON ledger.expiry USING btree (operator_id, sequence) WHERE (sequence > 0)
-- index ledger.pending_transfer_due : CREATE INDEX pending_transfer_due ON ledger.pending_transfer USING btree (operator_id, expires_at_ns) WHERE ((status = 'pending'::text) AND (expires_at_ns IS NOT NULL))
-- index ledger.period_close_by_month : CREATE INDEX period_close_by_month ON ledger.period_close USING btree (operator_id, month, asked_at DESC)
-- index ledger.period_close_running : CREATE UNIQUE INDEX period_close_running ON ledger.period_close USING btree (operator_id, month) WHERE (state = ANY (ARRAY['waiting'::text, 'checking'::text]))
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
    AS $function$
    declare
      folded bigint;
      moved record;
      lapsed record;
    begin
      debits_pending := a.debits_pending; debits_posted := a.debits_posted; credits_pending := a.credits_pending; credits_posted := a.credits_posted;
      if a.flags & 6 <> 0 then return; end if;
      select greatest(a.checkpoint_sequence, max(c.sequence)) into folded from ledger.checkpoint c where c.operator_id = a.operator_id;
      select coalesce(sum(t.pending_delta) filter (where t.debit_account_id = a.id), 0) as dp, coalesce(sum(t.posted_delta) filter (where t.debit_account_id = a.id), 0) as dd,
          coalesce(sum(t.pending_delta) filter (where t.credit_account_id = a.id), 0) as cp, coalesce(sum(t.posted_delta) filter (where t.credit_account_id = a.id), 0) as cd
        into moved from (select x.debit_account_id, x.credit_account_id, x.pending_delta, x.posted_delta from ledger.transfer x
          where x.operator_id = a.operator_id and x.sequence > 0 and x.sequence > folded and (x.debit_account_id = a.id or x.credit_account_id = a.id) and x.refused_as is null
          order by x.sequence offset 0) t;
      select coalesce(sum(e.pending_delta) filter (where e.debit_account_id = a.id), 0) as dp, coalesce(sum(e.pending_delta) filter (where e.credit_account_id = a.id), 0) as cp
        into lapsed from (select x.debit_account_id, x.credit_account_id, x.pending_delta from ledger.expiry x
          where x.operator_id = a.operator_id and x.sequence > 0 and x.sequence > folded and (x.debit_account_id = a.id or x.credit_account_id = a.id) order by x.sequence offset 0) e;
      debits_pending := (a.debits_pending + moved.dp + lapsed.dp)::bigint;
      debits_posted := (a.debits_posted + moved.dd)::bigint;
      credits_pending := (a.credits_pending + moved.cp + lapsed.cp)::bigint;
      credits_posted := (a.credits_posted + moved.cd)::bigint;
    end $function$
-- function ledger.balances_of_many(operator uuid, ids uuid[]) : CREATE OR REPLACE FUNCTION ledger.balances_of_many(operator uuid, ids uuid[])
     RETURNS TABLE(id uuid, debits_pending bigint, debits_posted bigint, credits_pending bigint, credits_posted bigint)
     LANGUAGE plpgsql
     STABLE
    AS $function$
    #variable_conflict use_column
    declare
      folded bigint;
      unlimited uuid[];
    begin
      select coalesce(max(c.sequence), 0) into folded from ledger.checkpoint c where c.operator_id = operator;
      -- An account that stands past the checkpoint (the test-only function puts it there) counts from its own place on.
      select array_agg(a.id) into unlimited from (select distinct k.id from unnest((select ids)) k (id)) k
        cross join lateral (select x.id from ledger.account x where x.operator_id = operator and x.id = k.id and x.flags & 6 = 0 and x.checkpoint_sequence <= folded offset 0) a;
      return query select a.id, b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted
        from (select distinct k.id from unnest((select ids)) k (id)) k
        cross join lateral (select x.id, x as account from ledger.account x where x.operator_id = operator and x.id = k.id and (x.flags & 6 <> 0 or x.checkpoint_sequence > folded) offset 0) a
        cross join lateral ledger.balances_of(a.account) b;
      if unlimited is null then return; end if;
      return query select a.id, (a.debits_pending + coalesce(s.dp, 0))::bigint, (a.debits_posted + coalesce(s.dd, 0))::bigint,
          (a.credits_pending + coalesce(s.cp, 0))::bigint, (a.credits_posted + coalesce(s.cd, 0))::bigint
        from unnest((select unlimited)) k (id)
        cross join lateral (select x.* from ledger.account x where x.operator_id = operator and x.id = k.id offset 0) a
        left join (
          select side.account_id, sum(side.dp) as dp, sum(side.dd) as dd, sum(side.cp) as cp, sum(side.cd) as cd from (
              (select x.debit_account_id, x.credit_account_id, x.pending_delta, x.posted_delta from ledger.transfer x
                where x.operator_id = operator and x.sequence > 0 and x.sequence > folded and x.refused_as is null
                  and (x.debit_account_id = any (unlimited) or x.credit_account_id = any (unlimited)) order by x.sequence offset 0)
              union all
              (select x.debit_account_id, x.credit_account_id, x.pending_delta, 0::bigint from ledger.expiry x
                where x.operator_id = operator and x.sequence > 0 and x.sequence > folded
                  and (x.debit_account_id = any (unlimited) or x.credit_account_id = any (unlimited)) order by x.sequence offset 0)) m
            cross join lateral (values (m.debit_account_id, m.pending_delta, m.posted_delta, 0::bigint, 0::bigint), (m.credit_account_id, 0::bigint, 0::bigint, m.pending_delta, m.posted_delta))
              side (account_id, dp, dd, cp, cd)
            where side.account_id = any (unlimited) group by side.account_id) s on s.account_id = a.id;
    end $function$
-- function ledger.book_simple(tenant text, operators uuid[], first_timestamp_ns bigint, t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_ledger bigint[], t_code integer[], t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[], l_operator uuid[], l_id uuid[], l_debits bigint[], l_credits bigint[], u_operator uuid[], u_id uuid[], u_ledger bigint[], u_debits bigint[], u_credits bigint[]) : CREATE OR REPLACE FUNCTION ledger.book_simple(tenant text, operators uuid[], first_timestamp_ns bigint, t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_ledger bigint[], t_code integer[], t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[], l_operator uuid[], l_id uuid[], l_debits bigint[], l_credits bigint[], u_operator uuid[], u_id uuid[], u_ledger bigint[], u_debits bigint[], u_credits bigint[])
     RETURNS integer[]
     LANGUAGE plpgsql
    AS $function$
    declare
      entrant uuid;
      ignored text;
      drawn xid8;
      usable integer;
      changed integer;
      limited integer[] := '{}';
    begin
      if tenant is not null then ignored := set_config('kirchhoff.operators', tenant, true); end if;
      -- As in prefetch_transfers. What follows sees whatever a closing committed before it let go of the lock.
      foreach entrant in array operators loop
        if pg_advisory_xact_lock_shared(1262830412, hashtext(entrant::text)) is null then end if; -- Takes it; `void` in a variable would go through text.
      end loop;
      -- Nearly always null: no statement is needed then. Read behind the lock, like everything that a closing changes.
      if pg_sequence_last_value('ledger.exception_sequence') is not null then
        perform 1 from unnest((select operators)) o (operator_id)
          cross join lateral (select 1 from ledger.exceptional_operator x where x.operator_id = o.operator_id offset 0) e;
        if found then
          perform 1 from unnest((select t_operator || t_operator), (select t_debit || t_credit)) k (operator_id, id)
            cross join lateral (select 1 from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and (x.closed or x.watched or x.balances_set) offset 0) a;
          if found then return null; end if;
        end if;
      end if;
      if cardinality(u_id) > 0 then
        select count(*), coalesce(array_agg(k.position) filter (where a.flags & 6 <> 0), '{}') into usable, limited
          from unnest((select u_operator), (select u_id), (select u_ledger)) with ordinality k (operator_id, id, ledger, position)
          cross join lateral (select x.flags from ledger.account x where x.operator_id = k.operator_id and x.id = k.id
            and x.ledger = k.ledger and not x.closed and not x.watched and not x.balances_set offset 0) a;
        if usable <> cardinality(u_id) then return null; end if;
        if limited <> '{}' then
          select array_agg(m.operator_id order by m.operator_id, m.id), array_agg(m.id order by m.operator_id, m.id),
              array_agg(m.debits order by m.operator_id, m.id), array_agg(m.credits order by m.operator_id, m.id)
            into l_operator, l_id, l_debits, l_credits from (
              select * from unnest((select l_operator), (select l_id), (select l_debits), (select l_credits)) l (operator_id, id, debits, credits)
              union all
              select u.operator_id, u.id, u.debits, u.credits
                from unnest((select u_operator), (select u_id), (select u_debits), (select u_credits)) with ordinality u (operator_id, id, debits, credits, position)
                where u.position = any (limited)) m;
        end if;
      end if;
      drawn := pg_current_xact_id(); -- Before the first sequence number: ledger.stable_sequence() relies on it.
      begin
        if cardinality(l_id) > 0 then
          update ledger.account a set debits_posted = a.debits_posted + n.debits, credits_posted = a.credits_posted + n.credits
            from (select unnest((select l_operator)) as operator_id, unnest(l_id) as id, unnest(l_debits) as debits, unnest(l_credits) as credits offset 0) n
            where n.debits >= 0 and n.credits >= 0 and a.operator_id = n.operator_id and a.id = n.id
              and a.flags & 6 <> 0 and not a.closed and not a.watched and not a.balances_set
              and (a.flags & 2 = 0 or a.debits_pending + n.debits <= a.credits_posted - a.debits_posted)
              and (a.flags & 4 = 0 or a.credits_pending + n.credits <= a.debits_posted - a.credits_posted)
              and greatest(a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) < 2305843009213693952;
          get diagnostics changed = row_count;
          if changed <> cardinality(l_id) then raise sqlstate 'LDG01'; end if;
        end if;
        insert into ledger.transfer (operator_id, id, debit_account_id, credit_account_id, amount, pending_delta, posted_delta, timestamp_ns,
            ledger, code, flags, user_data_128, user_data_64, user_data_32)
          select n.operator_id, n.id, n.debit, n.credit, n.amount, 0, n.amount, first_timestamp_ns + n.position, n.ledger, n.code, 0, n.user_128, n.user_64, n.user_32
            from (select unnest(t_operator) as operator_id, unnest(t_id) as id, unnest(t_debit) as debit, unnest(t_credit) as credit, unnest(t_amount) as amount,
                unnest(t_ledger) as ledger, unnest(t_code) as code, unnest(t_user_128) as user_128, unnest(t_user_64) as user_64, unnest(t_user_32) as user_32,
                generate_series(0, (select cardinality(t_id)) - 1) as position offset 0) n;
      exception when unique_violation or check_violation or numeric_value_out_of_range or sqlstate 'LDG01' then
        return null;
      end;
      return limited;
    end $function$
-- function ledger.digests(operator uuid, after_sequence bigint, through_sequence bigint, count_max integer) : CREATE OR REPLACE FUNCTION ledger.digests(operator uuid, after_sequence bigint, through_sequence bigint, count_max integer)
     RETURNS TABLE(sequence bigint, digest bytea)
     LANGUAGE sql
     STABLE
    AS $function$
        select d.sequence, d.digest from (
          (select t.sequence, ledger.transfer_digest(t) as digest from ledger.transfer t
            where t.operator_id = operator and t.sequence > 0 and t.sequence > after_sequence and t.sequence <= through_sequence order by t.sequence limit count_max)
          union all
          (select e.sequence, ledger.expiry_digest(e) from ledger.expiry e
            where e.operator_id = operator and e.sequence > 0 and e.sequence > after_sequence and e.sequence <= through_sequence order by e.sequence limit count_max)) d
        order by d.sequence limit count_max
      $function$
-- function ledger.enter_closing(operators uuid[]) : CREATE OR REPLACE FUNCTION ledger.enter_closing(operators uuid[])
     RETURNS void
     LANGUAGE plpgsql
    AS $function$
    declare
      entrant uuid;
      attempts integer := 0;
    begin
      foreach entrant in array operators loop
        while not pg_try_advisory_xact_lock(1262830412, hashtext(entrant::text)) loop
          attempts := attempts + 1;
          if attempts > 400 then perform pg_advisory_xact_lock(1262830412, hashtext(entrant::text)); end if;
          perform pg_sleep(0.005);
        end loop;
      end loop;
    end $function$
-- function ledger.expire_transfers(operator uuid, ids uuid[], now_ns bigint, first_timestamp_ns bigint, count_max integer) : CREATE OR REPLACE FUNCTION ledger.expire_transfers(operator uuid, ids uuid[], now_ns bigint, first_timestamp_ns bigint, count_max integer)
     RETURNS TABLE(pending_id uuid, timestamp_ns bigint)
     LANGUAGE plpgsql
    AS $function$
    #variable_conflict use_column
    declare
      due uuid[];
      side record;
    begin
      perform pg_advisory_xact_lock_shared(1262830412, hashtext(operator::text));
      perform pg_current_xact_id();
      select array_agg(p.id order by p.expires_at_ns, p.id) into due from (
        select x.id, x.expires_at_ns from ledger.pending_transfer x
          where x.operator_id = operator and x.status = 'pending' and x.expires_at_ns <= now_ns and (cardinality(ids) = 0 or x.id = any (ids))
          order by x.expires_at_ns, x.id limit count_max for update) p;
      if due is null then return; end if;
      insert into ledger.expiry (operator_id, pending_id, debit_account_id, credit_account_id, pending_delta, ledger, timestamp_ns)
        select operator, t.id, t.debit_account_id, t.credit_account_id, -t.pending_delta, t.ledger, first_timestamp_ns + d.position - 1
          from unnest((select due)) with ordinality d (id, position)
          cross join lateral (select x.* from ledger.transfer x where x.operator_id = operator and x.id = d.id offset 0) t order by d.position;
      insert into ledger.pending_transfer (operator_id, id, status) select operator, d, 'expired' from unnest((select due)) d
        on conflict (operator_id, id) do update set status = excluded.status;
      for side in
        select s.id, sum(s.debits)::bigint as debits, sum(s.credits)::bigint as credits, bool_or(s.opens) as opens
          from unnest((select due)) d (id)
          cross join lateral (select x.* from ledger.transfer x where x.operator_id = operator and x.id = d.id offset 0) t
          cross join lateral (values (t.debit_account_id, t.amount, 0::bigint, t.flags & 64 <> 0), (t.credit_account_id, 0::bigint, t.amount, t.flags & 128 <> 0)) s (id, debits, credits, opens)
          group by s.id order by s.id
      loop
        update ledger.account a
          set debits_pending = a.debits_pending - case when a.flags & 6 <> 0 then side.debits else 0 end,
              credits_pending = a.credits_pending - case when a.flags & 6 <> 0 then side.credits else 0 end,
              closed = a.closed and not side.opens
          where a.operator_id = operator and a.id = side.id and (a.flags & 6 <> 0 or side.opens);
      end loop;
      return query select e.pending_id, e.timestamp_ns from unnest((select due)) d (id)
        cross join lateral (select x.* from ledger.expiry x where x.operator_id = operator and x.pending_id = d.id offset 0) e order by e.sequence;
    end $function$
-- function ledger.expiry_digest(e ledger.expiry) : CREATE OR REPLACE FUNCTION ledger.expiry_digest(e ledger.expiry)
     RETURNS bytea
     LANGUAGE sql
     IMMUTABLE PARALLEL SAFE
    RETURN sha256(convert_to(concat_ws('|'::text, 'expiry', (e).sequence, (e).pending_id, (e).debit_account_id, (e).credit_account_id, (e).pending_delta, (e).ledger, (e).timestamp_ns), 'UTF8'::name))
-- function ledger.extend_chain(operator uuid, through_sequence bigint, count_max integer) : CREATE OR REPLACE FUNCTION ledger.extend_chain(operator uuid, through_sequence bigint, count_max integer)
     RETURNS integer
     LANGUAGE plpgsql
    AS $function$
    declare
      previous ledger.chain_link;
      covered integer;
    begin
      perform pg_advisory_xact_lock(1262830413, hashtext(operator::text));
      select * into previous from ledger.chain_link l where l.operator_id = operator order by l.position desc limit 1;
      insert into ledger.chain_link (operator_id, position, first_sequence, last_sequence, movements, hash)
        select operator, coalesce(previous.position, 0) + 1, min(d.sequence), max(d.sequence), count(*),
            sha256(coalesce(previous.hash, ''::bytea) || string_agg(d.digest, ''::bytea order by d.sequence))
          from ledger.digests(operator, coalesce(previous.last_sequence, 0), through_sequence, count_max) d
          having count(*) > 0
        returning movements into covered;
      return coalesce(covered, 0);
    end $function$
-- function ledger.fold_checkpoint(operator uuid, through_sequence bigint, count_max integer) : CREATE OR REPLACE FUNCTION ledger.fold_checkpoint(operator uuid, through_sequence bigint, count_max integer)
     RETURNS TABLE(accounts integer, movements integer, sequence bigint)
     LANGUAGE plpgsql
    AS $function$
    #variable_conflict use_column
    declare
      after_sequence bigint;
      last_sequence bigint;
      folded record;
    begin
      accounts := 0; movements := 0;
      insert into ledger.checkpoint (operator_id) values (operator) on conflict do nothing;
      select c.sequence into after_sequence from ledger.checkpoint c where c.operator_id = operator for update;
      select max(d.sequence), count(*) into last_sequence, movements from (
        select m.sequence from (
          (select t.sequence from ledger.transfer t where t.operator_id = operator and t.sequence > 0 and t.sequence > after_sequence and t.sequence <= through_sequence order by t.sequence limit count_max)
          union all
          (select e.sequence from ledger.expiry e where e.operator_id = operator and e.sequence > 0 and e.sequence > after_sequence and e.sequence <= through_sequence order by e.sequence limit count_max)) m
        order by m.sequence limit count_max) d;
      if last_sequence is null then sequence := after_sequence; return next; return; end if;
      for folded in
        with moved as (
          select t.sequence, t.debit_account_id, t.credit_account_id, t.pending_delta, t.posted_delta from ledger.transfer t
            where t.operator_id = operator and t.sequence > 0 and t.sequence > after_sequence and t.sequence <= last_sequence and t.refused_as is null
          union all
          select e.sequence, e.debit_account_id, e.credit_account_id, e.pending_delta, 0 from ledger.expiry e
            where e.operator_id = operator and e.sequence > 0 and e.sequence > after_sequence and e.sequence <= last_sequence)
        select s.id, sum(s.dp) as dp, sum(s.dd) as dd, sum(s.cp) as cp, sum(s.cd) as cd from moved m
          cross join lateral (values (m.debit_account_id, m.pending_delta, m.posted_delta, 0::bigint, 0::bigint), (m.credit_account_id, 0::bigint, 0::bigint, m.pending_delta, m.posted_delta))
            s (id, dp, dd, cp, cd)
          cross join lateral (select a.checkpoint_sequence from ledger.account a where a.operator_id = operator and a.id = s.id and a.flags & 6 = 0 offset 0) a
          where m.sequence > a.checkpoint_sequence
          group by s.id order by s.id
      loop
        update ledger.account a set debits_pending = a.debits_pending + folded.dp, debits_posted = a.debits_posted + folded.dd,
            credits_pending = a.credits_pending + folded.cp, credits_posted = a.credits_posted + folded.cd, checkpoint_sequence = last_sequence,
            watched = a.watched or greatest(a.debits_pending + folded.dp + a.debits_posted + folded.dd, a.credits_pending + folded.cp + a.credits_posted + folded.cd) >= 4611686018427387904
          where a.operator_id = operator and a.id = folded.id;
        accounts := accounts + 1;
      end loop;
      update ledger.checkpoint c set sequence = last_sequence where c.operator_id = operator;
      sequence := last_sequence;
      return next;
    end $function$
-- function ledger.guard_account() : CREATE OR REPLACE FUNCTION ledger.guard_account()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if tg_op = 'UPDATE' then
        if (old.operator_id, old.id, old.flags, old.ledger, old.code, old.timestamp_ns) is distinct from (new.operator_id, new.id, new.flags, new.ledger, new.code, new.timestamp_ns)
          or (old.user_data_128, old.user_data_64, old.user_data_32) is distinct from (new.user_data_128, new.user_data_64, new.user_data_32)
          or new.checkpoint_sequence < old.checkpoint_sequence or (old.balances_set and not new.balances_set) then
          raise exception 'append_only: UPDATE of what makes ledger.account % is refused', old.id using errcode = 'restrict_violation';
        end if;
      end if;
      if new.flags & 6 = 0 and (new.closed or new.watched or new.balances_set) then
        perform nextval('ledger.exception_sequence');
        insert into ledger.exceptional_operator (operator_id) values (new.operator_id) on conflict do nothing;
      end if;
      return null;
    end $function$
-- function ledger.index_movements(operator uuid, through_sequence bigint, count_max integer) : CREATE OR REPLACE FUNCTION ledger.index_movements(operator uuid, through_sequence bigint, count_max integer)
     RETURNS integer
     LANGUAGE plpgsql
    AS $function$
    declare
      after_sequence bigint;
      last_sequence bigint;
      seen integer;
    begin
      insert into ledger.checkpoint (operator_id) values (operator) on conflict do nothing;
      select c.indexed_sequence into after_sequence from ledger.checkpoint c where c.operator_id = operator for update;
      select max(d.sequence), count(*) into last_sequence, seen from (
        select m.sequence from (
          (select t.sequence from ledger.transfer t where t.operator_id = operator and t.sequence > 0 and t.sequence > after_sequence and t.sequence <= through_sequence order by t.sequence limit count_max)
          union all
          (select e.sequence from ledger.expiry e where e.operator_id = operator and e.sequence > 0 and e.sequence > after_sequence and e.sequence <= through_sequence order by e.sequence limit count_max)) m
        order by m.sequence limit count_max) d;
      if last_sequence is null then return 0; end if;
      insert into ledger.account_movement (operator_id, account_id, sequence, expired)
        select operator, s.account_id, m.sequence, m.expired from (
            (select t.sequence, t.debit_account_id, t.credit_account_id, false as expired from ledger.transfer t
              where t.operator_id = operator and t.sequence > 0 and t.sequence > after_sequence and t.sequence <= last_sequence and t.refused_as is null order by t.sequence offset 0)
            union all
            (select e.sequence, e.debit_account_id, e.credit_account_id, true from ledger.expiry e
              where e.operator_id = operator and e.sequence > 0 and e.sequence > after_sequence and e.sequence <= last_sequence order by e.sequence offset 0)) m
          cross join lateral (values (m.debit_account_id), (m.credit_account_id)) s (account_id)
          order by s.account_id, m.sequence;
      update ledger.checkpoint c set indexed_sequence = last_sequence where c.operator_id = operator;
      return seen;
    end $function$
-- function ledger.prefetch_transfers(operators uuid[], closing boolean, now_ns bigint, account_operators uuid[], account_ids uuid[], exact_operators uuid[], exact_ids uuid[], transfer_operators uuid[], transfer_ids uuid[], pending_operators uuid[], pending_ids uuid[]) : CREATE OR REPLACE FUNCTION ledger.prefetch_transfers(operators uuid[], closing boolean, now_ns bigint, account_operators uuid[], account_ids uuid[], exact_operators uuid[], exact_ids uuid[], transfer_operators uuid[], transfer_ids uuid[], pending_operators uuid[], pending_ids uuid[])
     RETURNS SETOF ledger.prefetched
     LANGUAGE plpgsql
     ROWS 64
    AS $function$
    #variable_conflict use_column
    begin
      return query select 'd', p.operator_id, null::uuid, null::integer, null::bigint, null::integer, null::boolean, null::bigint, null::bigint, null::bigint, null::bigint, null::bigint,
          null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::boolean
        from unnest((select operators)) o (operator_id) cross join lateral (select x.operator_id from ledger.pending_transfer x
          where x.operator_id = o.operator_id and x.status = 'pending' and x.expires_at_ns <= now_ns order by x.expires_at_ns limit 1) p;
      if found then return; end if;
      if closing then
        perform ledger.enter_closing(operators);
      else
        perform pg_advisory_xact_lock_shared(1262830412, hashtext(o::text)) from unnest((select operators)) o;
      end if;
    
      if cardinality(pending_ids) > 0 then
        perform 1 from unnest((select pending_operators), (select pending_ids)) k (operator_id, id)
          cross join lateral (select 1 from ledger.pending_transfer x where x.operator_id = k.operator_id and x.id = k.id for update) p;
        -- The accounts of what is to be posted or voided, which the events need not name.
        select array_agg(s.operator_id order by s.operator_id, s.id), array_agg(s.id order by s.operator_id, s.id) into account_operators, account_ids from (
          select t.operator_id, side.id from unnest((select pending_operators), (select pending_ids)) k (operator_id, id)
            cross join lateral (select x.* from ledger.transfer x where x.operator_id = k.operator_id and x.id = k.id offset 0) t
            cross join lateral (values (t.debit_account_id), (t.credit_account_id)) side (id)
            where t.flags & 2 <> 0 and t.refused_as is null
          union select * from unnest((select account_operators), (select account_ids))) s;
      end if;
    
      -- One pass: an unlimited account is read, a limited one is locked and read as it is after the wait for its lock.
      return query select 'a', a.operator_id, a.id, a.flags, a.ledger, a.code, a.closed, a.n1, a.n2, a.n3, a.n4, a.n5,
          null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::boolean
        from unnest((select account_operators), (select account_ids)) k (operator_id, id)
        cross join lateral (
          select u.operator_id, u.id, u.flags, u.ledger, u.code, u.closed, null::bigint as n1, null::bigint as n2, null::bigint as n3, null::bigint as n4, u.watched::integer::bigint as n5
            from (select x.* from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and x.flags & 6 = 0 offset 0) u
          union all
          select l.operator_id, l.id, l.flags, l.ledger, l.code, l.closed, l.debits_pending, l.debits_posted, l.credits_pending, l.credits_posted, 0
            from (select x.* from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and x.flags & 6 <> 0 for update) l) a;
    
      if cardinality(exact_ids) > 0 then
        perform 1 from unnest((select exact_operators), (select exact_ids)) k (operator_id, id)
          cross join lateral (select 1 from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and x.flags & 6 = 0 for update) a;
        return query select 'a', a.operator_id, a.id, a.flags, a.ledger, a.code, a.closed, b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted, 0::bigint,
            null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::boolean
          from unnest((select exact_operators), (select exact_ids)) k (operator_id, id)
          cross join lateral (select x.*, x as account from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and x.flags & 6 = 0 offset 0) a
          cross join lateral ledger.balances_of(a.account) b;
      end if;
    
      if cardinality(transfer_ids) + cardinality(pending_ids) > 0 then
        return query select 't', t.operator_id, t.id, t.flags, t.ledger, t.code, null::boolean, t.amount, t.timestamp_ns, t.timeout, t.user_data_64, t.user_data_32,
            t.debit_account_id, t.credit_account_id, t.pending_id, t.user_data_128, p.status, t.refused_as is not null
          from unnest((select transfer_operators || pending_operators), (select transfer_ids || pending_ids)) k (operator_id, id)
          cross join lateral (select x.* from ledger.transfer x where x.operator_id = k.operator_id and x.id = k.id offset 0) t
          left join lateral (select x.status from ledger.pending_transfer x where x.operator_id = k.operator_id and x.id = k.id offset 0) p on true;
      end if;
    end $function$
-- function ledger.refuse_account() : CREATE OR REPLACE FUNCTION ledger.refuse_account()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if new.ledger between 1 and 4294967295 and new.code between 1 and 65535 and new.flags & 6 <> 6 then return new; end if;
      raise exception 'an account has a ledger of 32 bits, a code of 16 bits, both from 1 on, and one limit at most' using errcode = 'check_violation';
    end $function$
-- function ledger.stable_sequence(operator uuid, wait_ms integer) : CREATE OR REPLACE FUNCTION ledger.stable_sequence(operator uuid, wait_ms integer)
     RETURNS bigint
     LANGUAGE plpgsql
    AS $function$
    declare
      highest bigint;
      mine xid8;
      oldest xid8;
      deadline timestamptz := clock_timestamp() + wait_ms * interval '1 millisecond';
    begin
      select greatest(
          coalesce((select max(t.sequence) from ledger.transfer t where t.operator_id = operator and t.sequence > 0), 0),
          coalesce((select max(e.sequence) from ledger.expiry e where e.operator_id = operator and e.sequence > 0), 0)) into highest;
      mine := pg_current_xact_id();
      loop
        -- This transaction is itself the oldest when nothing older runs: the snapshot's xmin is then its own number.
        oldest := pg_snapshot_xmin(pg_current_snapshot());
        if oldest >= mine then return highest; end if;
        if clock_timestamp() >= deadline then return null; end if;
        perform pg_sleep(0.002);
      end loop;
    end $function$
-- function ledger.transfer_digest(t ledger.transfer) : CREATE OR REPLACE FUNCTION ledger.transfer_digest(t ledger.transfer)
     RETURNS bytea
     LANGUAGE sql
     IMMUTABLE PARALLEL SAFE
    RETURN sha256(convert_to(concat_ws('|'::text, 'transfer', (t).sequence, (t).id, (t).debit_account_id, (t).credit_account_id, (t).amount, (t).pending_delta, (t).posted_delta, (t).timestamp_ns, (t).ledger, (t).code, (t).flags, (t).timeout, COALESCE(((t).pending_id)::text, '-'::text), COALESCE(((t).user_data_128)::text, '-'::text), COALESCE(((t).user_data_64)::text, '-'::text), COALESCE(((t).user_data_32)::text, '-'::text), COALESCE((t).refused_as, '-'::text)), 'UTF8'::name))
-- function ledger.write_accounts(operator uuid, a_id uuid[], a_flags integer[], a_ledger bigint[], a_code integer[], a_user_128 uuid[], a_user_64 bigint[], a_user_32 bigint[], a_timestamp bigint[]) : CREATE OR REPLACE FUNCTION ledger.write_accounts(operator uuid, a_id uuid[], a_flags integer[], a_ledger bigint[], a_code integer[], a_user_128 uuid[], a_user_64 bigint[], a_user_32 bigint[], a_timestamp bigint[])
     RETURNS boolean
     LANGUAGE plpgsql
    AS $function$
    begin
      insert into ledger.account (operator_id, id, flags, ledger, code, user_data_128, user_data_64, user_data_32, timestamp_ns, closed)
        select operator, n.id, n.flags & ~32, n.ledger, n.code, n.user_128, n.user_64, n.user_32, n.timestamp_ns, n.flags & 32 <> 0
          from unnest(a_id, a_flags, a_ledger, a_code, a_user_128, a_user_64, a_user_32, a_timestamp) n (id, flags, ledger, code, user_128, user_64, user_32, timestamp_ns);
      return true;
    exception when unique_violation then
      return false;
    end $function$
-- function ledger.write_transfers(t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_pending_delta bigint[], t_posted_delta bigint[], t_timestamp bigint[], t_ledger bigint[], t_code integer[], t_flags integer[], t_timeout bigint[], t_pending_id uuid[], t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[], t_refused text[], t_pending_status text[], p_operator uuid[], p_id uuid[], p_status text[], l_operator uuid[], l_id uuid[], l_closed boolean[], l_debits_pending bigint[], l_debits_posted bigint[], l_credits_pending bigint[], l_credits_posted bigint[], u_operator uuid[], u_id uuid[], u_closed boolean[], u_watched boolean[]) : CREATE OR REPLACE FUNCTION ledger.write_transfers(t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_pending_delta bigint[], t_posted_delta bigint[], t_timestamp bigint[], t_ledger bigint[], t_code integer[], t_flags integer[], t_timeout bigint[], t_pending_id uuid[], t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[], t_refused text[], t_pending_status text[], p_operator uuid[], p_id uuid[], p_status text[], l_operator uuid[], l_id uuid[], l_closed boolean[], l_debits_pending bigint[], l_debits_posted bigint[], l_credits_pending bigint[], l_credits_posted bigint[], u_operator uuid[], u_id uuid[], u_closed boolean[], u_watched boolean[])
     RETURNS boolean
     LANGUAGE plpgsql
    AS $function$
    begin
      perform pg_current_xact_id();
      insert into ledger.transfer (operator_id, id, debit_account_id, credit_account_id, amount, pending_delta, posted_delta, timestamp_ns,
          ledger, code, flags, timeout, pending_id, user_data_128, user_data_64, user_data_32, refused_as)
        select * from unnest((select t_operator), t_id, t_debit, t_credit, t_amount, t_pending_delta, t_posted_delta, t_timestamp,
          t_ledger, t_code, t_flags, t_timeout, t_pending_id, t_user_128, t_user_64, t_user_32, t_refused);
      if cardinality(t_pending_status) > 0 then
        insert into ledger.pending_transfer (operator_id, id, status, expires_at_ns)
          select n.operator_id, n.id, n.status, case when n.timeout > 0 then n.timestamp_ns - n.timestamp_ns % 1000000 + n.timeout * 1000000000 end
            from unnest((select t_operator), t_id, t_pending_status, t_timestamp, t_timeout) n (operator_id, id, status, timestamp_ns, timeout) where n.status is not null;
      end if;
      if cardinality(p_id) > 0 then
        insert into ledger.pending_transfer (operator_id, id, status) select * from unnest((select p_operator), p_id, p_status)
          on conflict (operator_id, id) do update set status = excluded.status;
      end if;
      -- Limited accounts, locked by the prefetch: every row conflicts, the values that are not in the `set` list are never stored.
      if cardinality(l_id) > 0 then
        insert into ledger.account as a (operator_id, id, flags, ledger, code, timestamp_ns, closed, debits_pending, debits_posted, credits_pending, credits_posted)
          select n.operator_id, n.id, 0, 1, 1, 0, n.closed, n.debits_pending, n.debits_posted, n.credits_pending, n.credits_posted
            from unnest((select l_operator), l_id, l_closed, l_debits_pending, l_debits_posted, l_credits_pending, l_credits_posted)
              n (operator_id, id, closed, debits_pending, debits_posted, credits_pending, credits_posted)
          on conflict (operator_id, id) do update set closed = excluded.closed, debits_pending = excluded.debits_pending,
            debits_posted = excluded.debits_posted, credits_pending = excluded.credits_pending, credits_posted = excluded.credits_posted;
      end if;
      -- Unlimited accounts, rarely: closed, opened again, or to be watched from now on.
      if cardinality(u_id) > 0 then
        insert into ledger.account as a (operator_id, id, flags, ledger, code, timestamp_ns, closed, watched)
          select n.operator_id, n.id, 0, 1, 1, 0, n.closed, n.watched from unnest((select u_operator), u_id, u_closed, u_watched) n (operator_id, id, closed, watched)
          on conflict (operator_id, id) do update set closed = excluded.closed, watched = a.watched or excluded.watched;
      end if;
      return true;
    exception when unique_violation then
      return false;
    end $function$
