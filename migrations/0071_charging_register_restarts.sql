-- Whether a connector's meter begins at nothing again with every session. Locks: short exclusive ones on charging.connector_meter and meter_mark.
alter table charging.connector_meter add column aside_anchor boolean not null default false, add column restarts integer not null default 0 check (restarts >= 0);
alter table charging.meter_mark add column aside_anchor boolean not null default false, add column restarts integer not null default 0 check (restarts >= 0);
