-- Repair: a bulk run that puts back what another one did, and when a case's subject began. Locks: bulk_run and repair_case for an instant, to add a column that may be null.
alter table repair.bulk_run add column reverts uuid;
alter table repair.bulk_run add constraint bulk_run_reverts foreign key (operator_id, reverts) references repair.bulk_run (operator_id, run_id);
create index bulk_run_by_reverted on repair.bulk_run (operator_id, reverts, previewed_at desc) where reverts is not null;

-- Who runs a station when something begins there sees it; null where it is not known apart from when it occurred.
alter table repair.repair_case add column began_at timestamptz;
