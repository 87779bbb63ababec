-- Charging: sessions whose start is unknown, by place and time: what ran at a charge point beside the sessions that are known. Locks: charging.session is not
-- written while the index is built.
create index session_without_start on charging.session (operator_id, charge_point_id, started_at) where flag_causes @> '{start_never_arrived}';
