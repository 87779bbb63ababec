-- The notification inbox, recovery runs, probes of the notify addresses. Locks: share on payments.payment_attempt while its indexes are built, access exclusive for a moment on payments.payment_order (a column without default) and on the tables that get a policy.

-- What channels sent us, as it came, stored before it is answered. Also what was refused: with the reason, never worked.
create table payments.notification (
  operator_id uuid not null,
  notification_id uuid not null,
  merchant_account_id uuid not null,
  headers jsonb not null,
  body bytea not null check (octet_length(body) <= 65536),
  remote_address text,
  verdict text not null check (verdict in ('verified', 'not_checked', 'forged', 'stale', 'unreadable', 'wrong_environment')),
  why text check (char_length(why) <= 500),
  -- what it says, for the verified: read once, with the keys of that moment
  kind text check (kind in ('payment', 'refund', 'other')),
  notify_id text,
  number text,
  view jsonb,
  received_at timestamptz not null,
  primary key (operator_id, notification_id),
  constraint notification_verified_says_something check ((verdict in ('verified', 'wrong_environment')) = (kind is not null) and (kind is null) = (view is null))
);
comment on column payments.notification.view is 'the verified content in the port''s words, without the payer';
call platform.protect_tenant_table('payments.notification', 'insert');
call platform.make_append_only('payments.notification');
grant insert on payments.notification to kirchhoff_inbox;
create policy inbox_append on payments.notification for insert to kirchhoff_inbox with check (true);
create index notification_by_account on payments.notification (operator_id, merchant_account_id, received_at desc);
create index notification_by_age on payments.notification (operator_id, received_at desc, notification_id desc);

-- What became of each notification that is worked. It waits while next_try_at is set, and is done with an outcome.
create table payments.notification_work (
  operator_id uuid not null,
  notification_id uuid not null,
  tries int not null default 0 check (tries >= 0),
  next_try_at timestamptz,
  outcome text check (outcome in ('credited', 'surplus', 'known', 'mismatch', 'refund', 'other', 'wrong_environment', 'refused', 'unknown_order', 'failed')),
  order_id uuid,
  attempt smallint,
  last_error text check (char_length(last_error) <= 500),
  settled_at timestamptz,
  primary key (operator_id, notification_id),
  foreign key (operator_id, notification_id) references payments.notification,
  constraint notification_work_waits_or_is_done check ((next_try_at is null) = (outcome is not null) and (outcome is null) = (settled_at is null))
) with (fillfactor = 70);
call platform.protect_tenant_table('payments.notification_work', 'update');
grant insert on payments.notification_work to kirchhoff_inbox;
create policy inbox_append on payments.notification_work for insert to kirchhoff_inbox with check (true);
create policy dispatcher on payments.notification_work for select to kirchhoff_owner using (true);
create index notification_work_due on payments.notification_work (operator_id, next_try_at, notification_id) where next_try_at is not null;
create index notification_work_by_order on payments.notification_work (operator_id, order_id, attempt) where order_id is not null;

-- One statement, one commit: a notification and its place in the queue exist together or not at all.
create function payments.append_notifications(
  operators uuid[], ids uuid[], accounts uuid[], all_headers jsonb[], bodies bytea[], addresses text[], verdicts text[], whys text[], kinds text[], notify_ids text[], numbers text[],
  views jsonb[], received timestamptz[]
) returns void
  language plpgsql security invoker set search_path = pg_catalog
  as $$
begin
  insert into payments.notification (operator_id, notification_id, merchant_account_id, headers, body, remote_address, verdict, why, kind, notify_id, number, view, received_at)
    select * from unnest(operators, ids, accounts, all_headers, bodies, addresses, verdicts, whys, kinds, notify_ids, numbers, views, received);
  insert into payments.notification_work (operator_id, notification_id, next_try_at)
    select r.op, r.id, r.at from unnest(operators, ids, verdicts, received) as r (op, id, verdict, at) where r.verdict in ('verified', 'not_checked');
end $$;
revoke execute on function payments.append_notifications from public;
grant execute on function payments.append_notifications to kirchhoff_inbox;

create function payments.operators_with_notifications_due(at timestamptz, count_max integer) returns setof uuid
  language sql stable security definer set search_path = pg_catalog
  as $$ select distinct w.operator_id from payments.notification_work w where w.next_try_at <= at limit count_max $$;
revoke execute on function payments.operators_with_notifications_due(timestamptz, integer) from public;
grant execute on function payments.operators_with_notifications_due(timestamptz, integer) to kirchhoff_app;

-- Recovery: attempts are found by merchant account, so that a slow channel holds up nobody else's.
create index payment_attempt_due_by_account on payments.payment_attempt (operator_id, merchant_account_id, next_check_at, order_id, attempt) where next_check_at is not null;
create index payment_attempt_young on payments.payment_attempt (operator_id, merchant_account_id, created_at desc) where next_check_at is not null;
create index payment_attempt_unpaid_by_age on payments.payment_attempt (operator_id, created_at, order_id, attempt) where state <> 'paid';
create policy dispatcher on payments.payment_attempt for select to kirchhoff_owner using (true);
create policy dispatcher on payments.payment_order for select to kirchhoff_owner using (true);
create policy dispatcher on payments.merchant_account for select to kirchhoff_owner using (true);

create function payments.accounts_with_checks_due(at timestamptz, count_max integer) returns table (operator_id uuid, merchant_account_id uuid)
  language sql stable security definer set search_path = pg_catalog
  as $$
    select a.operator_id, a.merchant_account_id from payments.merchant_account a
    where exists (select from payments.payment_attempt p where p.operator_id = a.operator_id and p.merchant_account_id = a.merchant_account_id and p.next_check_at <= at)
    order by (select min(p.next_check_at) from payments.payment_attempt p where p.operator_id = a.operator_id and p.merchant_account_id = a.merchant_account_id) limit count_max
  $$;
revoke execute on function payments.accounts_with_checks_due(timestamptz, integer) from public;
grant execute on function payments.accounts_with_checks_due(timestamptz, integer) to kirchhoff_app;

-- Expiry: a due order is taken by one process until this instant, and tried again after it.
alter table payments.payment_order add column close_after timestamptz;
comment on column payments.payment_order.close_after is 'a process is closing it, or tried to; nobody tries before this';

create function payments.operators_with_orders_expired(at timestamptz, count_max integer) returns setof uuid
  language sql stable security definer set search_path = pg_catalog
  as $$
    select distinct o.operator_id from payments.payment_order o
    where o.state in ('created', 'awaiting_payment', 'closing') and o.expires_at <= at and (o.close_after is null or o.close_after <= at) limit count_max
  $$;
revoke execute on function payments.operators_with_orders_expired(timestamptz, integer) from public;
grant execute on function payments.operators_with_orders_expired(timestamptz, integer) to kirchhoff_app;

-- A clerk asks the channels about all unpaid orders of a span. The cursor moves in the transaction that writes what the channels said.
create table payments.recovery_run (
  operator_id uuid not null,
  run_id uuid not null,
  requested_by text not null check (requested_by <> ''),
  requested_by_name text,
  reason text check (char_length(reason) <= 500),
  span_from timestamptz not null,
  span_to timestamptz not null,
  merchant_account_id uuid,
  state text not null check (state in ('running', 'paused', 'finished', 'cancelled')),
  candidates int not null check (candidates >= 0),
  asked int not null default 0 check (asked >= 0),
  recovered int not null default 0 check (recovered >= 0),
  closed int not null default 0 check (closed >= 0),
  still_open int not null default 0 check (still_open >= 0),
  unanswered int not null default 0 check (unanswered >= 0),
  recovered_minor bigint not null default 0 check (recovered_minor >= 0),
  cursor_created_at timestamptz,
  cursor_order_id uuid,
  cursor_attempt smallint,
  requested_at timestamptz not null,
  moved_at timestamptz not null,
  finished_at timestamptz,
  lease_until timestamptz,
  last_error text check (char_length(last_error) <= 500),
  primary key (operator_id, run_id),
  foreign key (operator_id, merchant_account_id) references payments.merchant_account,
  constraint recovery_run_spans_forward check (span_from < span_to),
  constraint recovery_run_counts_add_up check (asked = recovered + closed + still_open + unanswered),
  constraint recovery_run_cursor_whole check ((cursor_created_at is null) = (cursor_order_id is null) and (cursor_order_id is null) = (cursor_attempt is null)),
  constraint recovery_run_finishes_once check ((state in ('finished', 'cancelled')) = (finished_at is not null))
);
call platform.protect_tenant_table('payments.recovery_run', 'insert, update');
create policy dispatcher on payments.recovery_run for select to kirchhoff_owner using (true);
create index recovery_run_by_age on payments.recovery_run (operator_id, requested_at desc, run_id desc);
create index recovery_run_running on payments.recovery_run (operator_id, run_id) where state = 'running';

create function payments.recovery_runs_to_work(at timestamptz, count_max integer) returns table (operator_id uuid, run_id uuid)
  language sql stable security definer set search_path = pg_catalog
  as $$ select r.operator_id, r.run_id from payments.recovery_run r where r.state = 'running' and (r.lease_until is null or r.lease_until <= at) order by r.requested_at limit count_max $$;
revoke execute on function payments.recovery_runs_to_work(timestamptz, integer) from public;
grant execute on function payments.recovery_runs_to_work(timestamptz, integer) to kirchhoff_app;

-- The way from the channel's side to us, walked by ourselves: a probe that arrives in this database came to the right server.
create table payments.notify_probe (
  operator_id uuid not null,
  probe_id uuid not null,
  merchant_account_id uuid not null,
  address text not null,
  sent_at timestamptz not null,
  arrived_at timestamptz,
  outcome text check (outcome in ('arrived', 'elsewhere', 'refused', 'unreachable')),
  http_status int,
  detail text check (char_length(detail) <= 500),
  settled_at timestamptz,
  primary key (operator_id, probe_id),
  foreign key (operator_id, merchant_account_id) references payments.merchant_account,
  constraint notify_probe_settled_with_outcome check ((outcome is null) = (settled_at is null)),
  constraint notify_probe_arrived_if_it_says_so check (outcome is distinct from 'arrived' or arrived_at is not null)
);
call platform.protect_tenant_table('payments.notify_probe', 'insert, update');
create policy dispatcher on payments.notify_probe to kirchhoff_owner using (true);
create index notify_probe_by_account on payments.notify_probe (operator_id, merchant_account_id, sent_at desc);

-- A probe came in at this server. False when nobody sent it from this database, or long ago.
create function payments.note_probe_arrival(key text, probe uuid, at timestamptz) returns boolean
  language plpgsql security definer set search_path = pg_catalog
  as $$
begin
  update payments.notify_probe p set arrived_at = at from payments.notify_directory d
    where d.notify_key = key and p.operator_id = d.operator_id and p.merchant_account_id = d.merchant_account_id and p.probe_id = probe and p.arrived_at is null and p.sent_at > at - interval '5 minutes';
  return found;
end $$;
revoke execute on function payments.note_probe_arrival(text, uuid, timestamptz) from public;
grant execute on function payments.note_probe_arrival(text, uuid, timestamptz) to kirchhoff_app;

-- Two figures for the alarms, over all operators.
create function payments.inbox_figures(at timestamptz) returns table (waiting bigint, oldest_at timestamptz)
  language sql stable security definer set search_path = pg_catalog
  as $$ select count(*), min(w.next_try_at) filter (where w.next_try_at <= at) from payments.notification_work w where w.next_try_at is not null $$;
revoke execute on function payments.inbox_figures(timestamptz) from public;
grant execute on function payments.inbox_figures(timestamptz) to kirchhoff_app;
create function payments.outstanding_figures(at timestamptz) returns table (unresolved bigint, overdue bigint)
  language sql stable security definer set search_path = pg_catalog
  as $$
    select count(*) filter (where p.state in ('unknown', 'closing') or (p.state in ('created', 'open', 'user_paying') and p.code_lapses_at <= at)),
      count(*) filter (where p.next_check_at <= at - interval '2 minutes')
    from payments.payment_attempt p where p.next_check_at is not null
  $$;
revoke execute on function payments.outstanding_figures(timestamptz) from public;
grant execute on function payments.outstanding_figures(timestamptz) to kirchhoff_app;
