-- Channel statements, reconciliation runs and breaks. Locks: none on existing tables.
call platform.create_module_schema('reconciliation');

-- A statement as it came. The same text for the same day is the same statement; another text for the day is another version of it.
create table reconciliation.statement (
  operator_id uuid not null,
  statement_id uuid not null,
  merchant_account_id uuid not null,
  kind text not null check (kind in ('trade', 'fund_flow')),
  business_date date not null,
  format text not null check (format in ('wechatpay_trade', 'wechatpay_fund_flow', 'alipay_trade', 'alipay_fund_flow')),
  source text not null check (source in ('channel', 'upload')),
  digest bytea not null check (octet_length(digest) = 32),
  bytes bigint not null check (bytes >= 0),
  pieces int not null check (pieces >= 0),
  imported_by text not null check (imported_by <> ''),
  imported_at timestamptz not null,
  primary key (operator_id, statement_id),
  constraint statement_once unique (operator_id, merchant_account_id, kind, business_date, digest)
);
comment on column reconciliation.statement.digest is 'SHA-256 of the text';
call platform.protect_tenant_table('reconciliation.statement', 'insert');
call platform.make_append_only('reconciliation.statement');
create index statement_by_day on reconciliation.statement (operator_id, merchant_account_id, business_date, kind, imported_at desc);

-- The text, cut into pieces of a mebibyte, each compressed with zstd.
create table reconciliation.statement_piece (
  operator_id uuid not null,
  statement_id uuid not null,
  piece int not null check (piece >= 0),
  content bytea not null,
  primary key (operator_id, statement_id, piece),
  foreign key (operator_id, statement_id) references reconciliation.statement deferrable initially deferred
);
alter table reconciliation.statement_piece alter column content set storage external;
call platform.protect_tenant_table('reconciliation.statement_piece', 'insert');
call platform.make_append_only('reconciliation.statement_piece');

-- One row each time a day was matched. The newest run of a day is its report.
create table reconciliation.run (
  operator_id uuid not null,
  run_id uuid not null,
  merchant_account_id uuid not null,
  business_date date not null,
  statement_id uuid not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  matched bigint not null check (matched >= 0),
  our_payments bigint not null, our_payments_minor bigint not null, our_refunds bigint not null, our_refunds_minor bigint not null,
  their_payments bigint not null, their_payments_minor bigint not null, their_refunds bigint not null, their_refunds_minor bigint not null, their_fees_minor bigint not null,
  differences jsonb not null,
  residual_minor bigint not null,
  foreign_lines bigint not null default 0,
  foreign_minor bigint not null default 0,
  primary key (operator_id, run_id),
  foreign key (operator_id, statement_id) references reconciliation.statement
);
comment on column reconciliation.run.differences is 'count and sum of the differences by kind';
comment on column reconciliation.run.residual_minor is 'what the differences do not explain between both sums: zero, or the matching is wrong';
comment on column reconciliation.run.foreign_lines is 'lines under numbers that are none of ours';
call platform.protect_tenant_table('reconciliation.run', 'insert');
call platform.make_append_only('reconciliation.run');
create index run_by_day on reconciliation.run (operator_id, merchant_account_id, business_date desc, finished_at desc);

-- A difference that somebody or something has to explain.
create table reconciliation.break (
  operator_id uuid not null,
  break_id uuid not null,
  merchant_account_id uuid not null,
  business_date date not null,
  kind text not null check (kind in ('missing_here', 'missing_there', 'amount_differs', 'state_differs', 'fee_differs', 'duplicate', 'foreign')),
  line_kind text not null check (line_kind in ('payment', 'refund')),
  number text not null check (number <> ''),
  line_no int,
  channel_number text,
  ours_minor bigint,
  theirs_minor bigint,
  difference_minor bigint not null,
  their_time text,
  opened_at timestamptz not null,
  first_run_id uuid not null,
  state text not null check (state in ('open', 'resolved')),
  owner text check (owner <> ''),
  resolution text check (resolution in ('recovered', 'other_day', 'gone', 'accepted', 'written_off', 'explained')),
  resolved_by text check (resolved_by <> ''),
  resolved_at timestamptz,
  transfer_id uuid,
  primary key (operator_id, break_id),
  foreign key (operator_id, first_run_id) references reconciliation.run deferrable initially deferred,
  constraint break_resolved_whole check ((state = 'resolved') = (resolution is not null) and (state = 'resolved') = (resolved_by is not null) and (state = 'resolved') = (resolved_at is not null)),
  constraint break_written_off_has_transfer check ((resolution = 'written_off') = (transfer_id is not null) or resolution is null)
);
comment on column reconciliation.break.line_no is 'the detail line of the statement; null when the statement has none';
comment on column reconciliation.break.difference_minor is 'theirs less ours, as the sum of the day sees it';
call platform.protect_tenant_table('reconciliation.break', 'insert, update');
create unique index break_once on reconciliation.break (operator_id, merchant_account_id, business_date, kind, line_kind, number, (coalesce(line_no, 0))) where kind = 'duplicate';
create unique index break_once_by_number on reconciliation.break (operator_id, merchant_account_id, business_date, kind, line_kind, number) where kind <> 'duplicate';
create index break_open on reconciliation.break (operator_id, opened_at, break_id) where state = 'open';
create index break_by_number on reconciliation.break (operator_id, number);

create function reconciliation.guard_break() returns trigger
  language plpgsql
  as $$
begin
  if old.state = 'resolved' or (old.merchant_account_id, old.business_date, old.kind, old.line_kind, old.number, old.line_no, old.ours_minor, old.theirs_minor, old.difference_minor, old.opened_at)
      is distinct from (new.merchant_account_id, new.business_date, new.kind, new.line_kind, new.number, new.line_no, new.ours_minor, new.theirs_minor, new.difference_minor, new.opened_at) then
    raise exception 'append_only: a resolved break and what a break says never change' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger resolved_once before update on reconciliation.break for each row execute function reconciliation.guard_break();

create table reconciliation.break_comment (
  operator_id uuid not null,
  comment_id uuid not null,
  break_id uuid not null,
  author text not null check (author <> ''),
  body text not null check (char_length(body) between 1 and 2000),
  recorded_at timestamptz not null,
  primary key (operator_id, comment_id),
  foreign key (operator_id, break_id) references reconciliation.break
);
call platform.protect_tenant_table('reconciliation.break_comment', 'insert');
call platform.make_append_only('reconciliation.break_comment');
create index break_comment_by_break on reconciliation.break_comment (operator_id, break_id, recorded_at);

-- What was booked from a statement: the day's fees, payouts to the bank, differences that were written off.
create table reconciliation.posting (
  operator_id uuid not null,
  posting_id uuid not null,
  merchant_account_id uuid not null,
  business_date date not null,
  kind text not null check (kind in ('fees', 'payout', 'write_off')),
  reference text not null check (reference <> ''),
  amount_minor bigint not null check (amount_minor <> 0),
  transfer_id uuid not null,
  statement_id uuid,
  recorded_at timestamptz not null,
  primary key (operator_id, posting_id),
  constraint posting_once unique (operator_id, merchant_account_id, kind, business_date, reference),
  constraint posting_transfer unique (operator_id, transfer_id)
);
comment on column reconciliation.posting.reference is 'what makes it once: the statement for fees, the channel''s own number for a payout, the break for a write-off';
call platform.protect_tenant_table('reconciliation.posting', 'insert');
call platform.make_append_only('reconciliation.posting');
