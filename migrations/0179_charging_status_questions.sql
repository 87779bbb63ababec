-- What charge points were asked about sessions that say nothing or leave gaps, and what they answered. Locks: none on existing tables.

create table charging.status_question (
  operator_id uuid not null,
  session_id uuid not null,
  attempt integer not null check (attempt between 1 and 100),
  why text not null check (why in ('silent', 'gap')),
  command_id uuid,
  -- Why nothing could be asked; null where it was.
  refused text,
  asked_at timestamptz not null,
  primary key (operator_id, session_id, attempt),
  foreign key (operator_id, session_id) references charging.session (operator_id, session_id),
  check ((command_id is null) = (refused is not null))
);
call platform.protect_tenant_table('charging.status_question', 'insert');
call platform.make_append_only('charging.status_question');

-- Only real answers: a charge point that does not answer has none here, and nothing follows from it.
create table charging.status_answer (
  operator_id uuid not null,
  session_id uuid not null,
  attempt integer not null,
  -- Null where the charge point did not say.
  ongoing boolean,
  messages_in_queue boolean not null,
  answered_at timestamptz not null,
  primary key (operator_id, session_id, attempt),
  foreign key (operator_id, session_id, attempt) references charging.status_question (operator_id, session_id, attempt)
);
call platform.protect_tenant_table('charging.status_answer', 'insert');
call platform.make_append_only('charging.status_answer');
