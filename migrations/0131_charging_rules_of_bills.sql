-- Charging: which rules a bill was made by, what sources state by themselves, and what says that a charge point is back. Locks: charging.bill, fact and session
-- exclusively for the moment of adding a column; charging.fact and session are not written while an index is built.
alter table charging.bill add column rules_version integer not null default 0 check (rules_version >= 0);
comment on column charging.bill.rules_version is 'charging.rule_set; 0 is the defaults of the program';

-- What the source of a session bills by itself: {"energyWh": "36360", "durationMs": 2040000, "amountMinor": "6908"}, each may be null.
alter table charging.fact add column stated jsonb;
create index fact_statuses on charging.fact (operator_id, charge_point_id, frame_sequence) where kind = 'status';

-- Closed for their silence: they are derived again when their charge point is heard of.
create index session_fell_silent on charging.session (operator_id, charge_point_id) where state = 'ended' and flag_causes @> '{stop_never_arrived_silent}';
