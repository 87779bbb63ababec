-- The audit log is searched by amount and by who asked. Locks: SHARE on platform.audit_entry while the indexes are built: acts wait, reading does not.
create index audit_entry_by_amount on platform.audit_entry (operator_id, (after ->> 'amountMinor'), recorded_at) where after ->> 'amountMinor' is not null;
-- Somebody asked, and a second person booked it: it is an act of both.
create index audit_entry_by_asker on platform.audit_entry (operator_id, (after ->> 'askedBy'), recorded_at) where after ->> 'askedBy' is not null;
