-- Accounting months that are closed. Locks: none on existing tables.

-- A closed month takes nothing any more: what belongs to it and comes later is an adjustment of an open month. It is never opened again.
create table ledger.closed_period (
  operator_id uuid not null,
  month date not null check (extract(day from month) = 1),
  closed_by text not null check (closed_by <> ''),
  approved_by text check (approved_by <> ''),
  reason text check (char_length(reason) between 1 and 500),
  waived jsonb not null,
  closed_at timestamptz not null,
  primary key (operator_id, month),
  -- Whoever closes in spite of something does not do it alone, and says why.
  constraint closed_period_four_eyes check (jsonb_array_length(waived) = 0 or (approved_by is not null and approved_by <> closed_by and reason is not null))
);
comment on column ledger.closed_period.waived is 'what stood against closing: name, count and examples of each';
call platform.protect_tenant_table('ledger.closed_period', 'insert');
call platform.make_append_only('ledger.closed_period');
