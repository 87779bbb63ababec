-- The frame log is partitioned by month of receipt, so that a month can be looked after on its own. Locks: ACCESS EXCLUSIVE on frame and
-- unprocessable_frame for one scan of frame, which proves the first partition's bounds; no row is moved and no index is built.

-- Months are UTC's, whatever the server's zone.
set local timezone = 'UTC';

-- Sequences are unique by the operator's counter and within each partition; a foreign key to all partitions would need the time in both.
alter table ocpp_gateway.unprocessable_frame drop constraint unprocessable_frame_operator_id_sequence_fkey;

alter table ocpp_gateway.frame rename to frame_first;
alter table ocpp_gateway.frame_first rename constraint frame_pkey to frame_first_pkey;
alter index ocpp_gateway.frame_by_charge_point rename to frame_first_by_charge_point;
-- Of the row trigger each partition gets the parent's; nobody but the owner may touch a partition by its own name.
drop trigger append_only on ocpp_gateway.frame_first;
revoke all on ocpp_gateway.frame_first from kirchhoff_app, kirchhoff_inbox, kirchhoff_platform;

create table ocpp_gateway.frame (like ocpp_gateway.frame_first including defaults including constraints including comments) partition by range (received_at);
comment on table ocpp_gateway.frame is 'every frame as it came over the wire, by month of receipt; each partition has the primary key (operator_id, sequence)';
call platform.protect_tenant_table('ocpp_gateway.frame', 'insert');
call platform.make_append_only('ocpp_gateway.frame');
grant insert on ocpp_gateway.frame to kirchhoff_inbox;
create policy inbox_append on ocpp_gateway.frame for insert to kirchhoff_inbox with check (true);
create index frame_by_charge_point on ocpp_gateway.frame (operator_id, charge_point_id, sequence);

-- What there is so far stays where it is: one partition up to the end of this month, or of the newest frame's.
do $$
declare
  -- As the owner nothing is seen through row-level security; a table without it is read for this one question.
  newest timestamptz;
begin
  alter table ocpp_gateway.frame_first disable row level security;
  select max(received_at) into newest from ocpp_gateway.frame_first;
  alter table ocpp_gateway.frame_first enable row level security;
  execute format('alter table ocpp_gateway.frame attach partition ocpp_gateway.frame_first for values from (minvalue) to (%L)',
    date_trunc('month', greatest(coalesce(newest, now()), now()), 'UTC') + interval '1 month');
end $$;

-- Dresses a table as a partition of the frame log: its own key, no way in but through the parent, and no truncation.
create procedure ocpp_gateway.dress_frame_partition(target regclass)
  language plpgsql set search_path = pg_catalog
  as $$
begin
  execute format('alter table %s add primary key (operator_id, sequence)', target);
  execute format('create trigger append_only_truncate before truncate on %s for each statement execute function platform.refuse_change()', target);
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
end $$;
revoke execute on procedure ocpp_gateway.dress_frame_partition(regclass) from public;

-- A frame of a time for which nobody made a partition is stored all the same.
create table ocpp_gateway.frame_other (like ocpp_gateway.frame including defaults including constraints);
call ocpp_gateway.dress_frame_partition('ocpp_gateway.frame_other');
create policy partitioner on ocpp_gateway.frame_other for select to kirchhoff_owner using (true);
alter table ocpp_gateway.frame attach partition ocpp_gateway.frame_other default;

-- Makes the partitions of the months up to `months_ahead` after `at` (UTC). A month of which frames are in `frame_other` already is left
-- there. Attaching waits for nobody who writes; for readers of all partitions it waits two seconds at most, then fails to be tried again.
create function ocpp_gateway.make_frame_partitions(at timestamptz, months_ahead integer) returns table (partition text, made boolean)
  language plpgsql security definer set search_path = pg_catalog set lock_timeout = '2s' set timezone = 'UTC'
  as $$
declare
  month timestamptz;
  after timestamptz;
begin
  perform pg_advisory_xact_lock(hashtext('ocpp_gateway.make_frame_partitions'));
  for i in 0 .. months_ahead loop
    month := date_trunc('month', at) + make_interval(months => i);
    after := month + interval '1 month';
    partition := 'frame_' || to_char(month, 'YYYY_MM');
    -- The first partition ends at the beginning of a month: the ones before are in it.
    continue when to_regclass('ocpp_gateway.' || partition) is not null
      or month < (select (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz from pg_class c where c.oid = 'ocpp_gateway.frame_first'::regclass);
    made := not exists (select 1 from ocpp_gateway.frame_other o where o.received_at >= month and o.received_at < after);
    if made then
      execute format('create table ocpp_gateway.%I (like ocpp_gateway.frame including defaults including constraints)', partition);
      call ocpp_gateway.dress_frame_partition(('ocpp_gateway.' || partition)::regclass);
      execute format('alter table ocpp_gateway.frame attach partition ocpp_gateway.%I for values from (%L) to (%L)', partition, month, after);
    end if;
    return next;
  end loop;
end $$;
revoke execute on function ocpp_gateway.make_frame_partitions(timestamptz, integer) from public;
grant execute on function ocpp_gateway.make_frame_partitions(timestamptz, integer) to kirchhoff_app;
select ocpp_gateway.make_frame_partitions(now(), 3);

-- In place of the foreign key: what cannot be worked is a frame of the log.
create function ocpp_gateway.require_frame() returns trigger
  language plpgsql set search_path = pg_catalog
  as $$
begin
  if not exists (select 1 from ocpp_gateway.frame f where f.operator_id = new.operator_id and f.sequence = new.sequence) then
    raise exception 'frame % of operator % is not in the log', new.sequence, new.operator_id using errcode = 'foreign_key_violation';
  end if;
  return new;
end $$;
create trigger names_a_frame before insert on ocpp_gateway.unprocessable_frame for each row execute function ocpp_gateway.require_frame();
