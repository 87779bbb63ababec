-- Charging: what is decided of a start behind its charge point's lane, in one call. Locks: none on existing tables.

-- Takes the lane of a charge point until the transaction ends, and then says what is known of a start: each statement has a snapshot of its own, so what comes
-- after the lock sees what the lock waited for.
--   known    the session of this very frame, when it was recorded before; then nothing else is said.
--   named    the session that the station has named like that (OCPP 2.0.1: a reference is given).
--   same_…   the newest session that began with the same words, and whether a stop or a boot lies between it and this frame (OCPP 1.6: no reference).
--   number   a fresh transaction number (OCPP 1.6), when nothing began with the same words.
--   intent_… who asked for this charge from afar.
create function charging.enter_start(
    operator uuid, point uuid, frame bigint, frame_ordinal integer, reference text, words text, token text, evse integer, remote bigint, said_at timestamptz, valid_s integer,
    out known uuid, out named uuid, out same uuid, out same_message text, out same_stopped boolean, out same_booted boolean, out number bigint,
    out intent_mode text, out intent_actor text, out intent_device text, out intent_ip text)
  language plpgsql
  as $$
begin
  insert into charging.start_lane (operator_id, charge_point_id) values (operator, point)
    on conflict (operator_id, charge_point_id) do update set operator_id = excluded.operator_id;
  select f.session_id into known from charging.fact f where f.operator_id = operator and f.frame_sequence = frame and f.ordinal = frame_ordinal;
  if known is not null then return; end if;
  if reference is not null then
    select s.session_id into named from charging.session s where s.operator_id = operator and s.charge_point_id = point and s.transaction_ref = reference;
    if named is not null then return; end if;
  else
    select s.session_id, s.start_message_id,
        exists (select 1 from charging.fact f where f.operator_id = operator and f.session_id = s.session_id and f.kind = 'session_ended'),
        exists (select 1 from charging.fact f where f.operator_id = operator and f.charge_point_id = point and f.kind = 'booted'
          and f.frame_sequence > s.start_sequence and f.frame_sequence < frame)
      into same, same_message, same_stopped, same_booted
      from charging.session s where s.operator_id = operator and s.charge_point_id = point and s.start_key = words
      order by s.start_sequence desc limit 1;
    if same is null then number := nextval('charging.v16_transaction_number'); end if;
  end if;
  select i.mode, i.actor, i.device, i.ip into intent_mode, intent_actor, intent_device, intent_ip from charging.start_intent i
    where i.operator_id = operator and i.charge_point_id = point and i.recorded_at between said_at - make_interval(secs => valid_s) and said_at
      and (i.remote_start_id = remote or i.token_mask is not distinct from token and (i.evse_number is null or i.evse_number is not distinct from evse))
    order by i.recorded_at desc limit 1;
end $$;
