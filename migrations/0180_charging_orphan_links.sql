-- Which stop without a session of its own was accepted as the end of which session. Locks: none on existing tables.

create table charging.orphan_link (
  operator_id uuid not null,
  -- The acceptance that links them; the link holds while it is the session's active one.
  correction_id uuid not null,
  session_id uuid not null,
  orphan_session_id uuid not null,
  -- What the match rested on.
  evidence jsonb not null,
  recorded_at timestamptz not null,
  primary key (operator_id, correction_id),
  foreign key (operator_id, session_id) references charging.session (operator_id, session_id),
  foreign key (operator_id, orphan_session_id) references charging.session (operator_id, session_id),
  check (session_id <> orphan_session_id)
);
call platform.protect_tenant_table('charging.orphan_link', 'insert');
call platform.make_append_only('charging.orphan_link');
create index orphan_link_by_orphan on charging.orphan_link (operator_id, orphan_session_id);
