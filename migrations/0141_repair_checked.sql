-- When an open case was last compared with its subject: what a connector shows later changes what can be proposed, and no bill is issued for it. Locks: repair.repair_case exclusively for an instant.
alter table repair.repair_case add column checked_at timestamptz;
create index repair_case_to_check on repair.repair_case (operator_id, checked_at nulls first, case_id) where closed_at is null;
