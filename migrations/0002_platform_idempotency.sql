-- Answers of unsafe HTTP calls by their Idempotency-Key. Locks: none on existing tables.

create table platform.idempotency_key (
  operator_id uuid not null,
  -- Who sent the key, e.g. 'user:018f…': two people's keys never meet.
  actor text not null,
  key_hash bytea not null check (octet_length(key_hash) = 32),
  request_hash bytea not null check (octet_length(request_hash) = 32),
  -- Both null only inside the transaction that does the act.
  status smallint,
  -- Sealed under a key derived from the Idempotency-Key itself, which is not stored: answers hold names, and once a new secret.
  response_sealed bytea,
  expires_at timestamptz not null,
  primary key (operator_id, actor, key_hash)
);
create index idempotency_key_expiry on platform.idempotency_key (operator_id, expires_at);
-- Not a business record: an expired key is deleted.
call platform.protect_tenant_table('platform.idempotency_key', 'insert, update (status, response_sealed), delete');
