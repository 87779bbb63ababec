-- Money by hand: typed acts on wallets, four eyes above a threshold. Locks: none on existing tables.

-- Above which amount a second person must approve. Kept by version: the newest counts.
create table wallets.adjustment_policy (
  operator_id uuid not null,
  version int not null check (version > 0),
  four_eyes_above_minor bigint not null check (four_eyes_above_minor >= 0),
  changed_by text not null check (changed_by <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, version)
);
call platform.protect_tenant_table('wallets.adjustment_policy', 'insert');
call platform.make_append_only('wallets.adjustment_policy');

-- The signed act behind every movement by hand: what kind it is, who did it and who approved it, why, and which transfer it became.
create table wallets.adjustment (
  operator_id uuid not null,
  command_id uuid not null,
  member_id uuid not null,
  kind text not null check (kind in ('top_up', 'refund', 'compensation', 'correction')),
  direction text not null check (direction in ('credit', 'debit')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  reason text not null check (char_length(reason) between 1 and 500),
  actor text not null check (actor <> ''),
  approval_id uuid,
  approved_by text check (approved_by <> ''),
  four_eyes_above_minor bigint not null,
  transfer_id uuid not null,
  recorded_at timestamptz not null,
  primary key (operator_id, command_id),
  constraint adjustment_transfer unique (operator_id, transfer_id),
  foreign key (operator_id, member_id) references wallets.wallet (operator_id, member_id),
  constraint adjustment_moves_as_its_kind check (case kind when 'correction' then true when 'refund' then direction = 'debit' else direction = 'credit' end),
  -- Nobody moves more than the threshold alone, also not a program that forgets to ask.
  constraint adjustment_four_eyes check ((approved_by is null or approved_by <> actor) and (approved_by is null) = (approval_id is null) and (amount_minor <= four_eyes_above_minor or approved_by is not null))
);
comment on column wallets.adjustment.four_eyes_above_minor is 'the threshold as it was at that time';
call platform.protect_tenant_table('wallets.adjustment', 'insert');
call platform.make_append_only('wallets.adjustment');
create index adjustment_by_member on wallets.adjustment (operator_id, member_id, recorded_at desc);
create index adjustment_by_record on wallets.adjustment (operator_id, recorded_at desc, command_id);
