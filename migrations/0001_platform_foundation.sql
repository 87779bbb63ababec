-- Foundation: tenancy helpers, outbox and inbox. Locks: none on existing tables.

-- The operators whose rows the current transaction may touch, set with SET LOCAL by the program.
create function platform.current_operators() returns uuid[]
  language sql stable parallel safe
  as $$ select string_to_array(nullif(current_setting('kirchhoff.operators', true), ''), ',')::uuid[] $$;

-- Puts a tenant's table under row-level security, also for its owner, and grants what the app role may do.
-- privileges: what app may do beside SELECT, e.g. 'insert' for append-only tables.
create procedure platform.protect_tenant_table(target regclass, privileges text default 'insert, update')
  language plpgsql
  as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  -- The sub-select makes it one evaluation a statement instead of one a row.
  execute format('create policy tenant on %s to kirchhoff_app, kirchhoff_owner using (operator_id = any ((select platform.current_operators())::uuid[]))', target);
  execute format('grant select, %s on %s to kirchhoff_app', privileges, target);
  execute format('grant select on %s to kirchhoff_platform', target);
end $$;

-- Refuses UPDATE, DELETE and TRUNCATE on a table whose rows are facts.
create function platform.refuse_change() returns trigger
  language plpgsql
  as $$
begin
  raise exception 'append_only: % of %.% is refused, a correction is a new row', tg_op, tg_table_schema, tg_table_name using errcode = 'restrict_violation';
end $$;

create procedure platform.make_append_only(target regclass)
  language plpgsql
  as $$
begin
  execute format('create trigger append_only before update or delete on %s for each row execute function platform.refuse_change()', target);
  execute format('create trigger append_only_truncate before truncate on %s for each statement execute function platform.refuse_change()', target);
end $$;

-- Makes a module's schema and lets the serving roles look into it.
create procedure platform.create_module_schema(module text)
  language plpgsql
  as $$
begin
  execute format('create schema %I', module);
  execute format('grant usage on schema %I to kirchhoff_app, kirchhoff_inbox, kirchhoff_platform', module);
end $$;

grant usage on schema platform to kirchhoff_app, kirchhoff_inbox, kirchhoff_platform;
grant execute on function platform.current_operators() to kirchhoff_app, kirchhoff_inbox, kirchhoff_platform;
grant select on platform.migration to kirchhoff_app, kirchhoff_platform;

-- Events are facts in the past tense, written in the transaction that made them true, delivered at least once.
create table platform.outbox (
  operator_id uuid not null,
  sequence bigint generated always as identity,
  event_id uuid not null,
  type text not null check (type ~ '^[a-z_]+\.[a-z_]+\.[a-z_]+\.v[0-9]+$'),
  payload jsonb not null,
  recorded_at timestamptz not null default now(),
  primary key (operator_id, sequence),
  unique (operator_id, event_id)
);
call platform.protect_tenant_table('platform.outbox', 'insert');
call platform.make_append_only('platform.outbox');

-- A subscriber's memory of what it has handled: the row and the handling commit together.
create table platform.inbox (
  operator_id uuid not null,
  subscriber text not null,
  event_id uuid not null,
  handled_at timestamptz not null default now(),
  primary key (operator_id, subscriber, event_id)
);
call platform.protect_tenant_table('platform.inbox', 'insert');
call platform.make_append_only('platform.inbox');
