-- Repair: what a case's bill charges now, and what a bulk run moves: a repair that gives money back moves it too. Locks: repair_case, bulk_item and bulk_run for an instant, to add columns that may be null.
-- Null where it was not looked at since; then nothing was charged, as for every bill that is held.
alter table repair.repair_case add column charged_minor bigint;
alter table repair.bulk_item add column charged_minor bigint;
-- The sum of what the items move, up or down.
alter table repair.bulk_run add column moved_minor bigint check (moved_minor >= 0);
