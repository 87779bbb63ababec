import type { Clock, ChargePointId, SessionId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { StartMode } from '../domain/session.ts';
import type { FactOf } from '../domain/fact.ts';
import { maskOfStated, maskToken, startKey } from '../domain/token.ts';
import { onlyOperator } from './sessions.ts';

/** Starts of one charge point are decided one after the other, so that two copies of a start cannot both be first. */
export async function lockStartLane(tx: Tx, chargePointId: ChargePointId): Promise<void> {
  await tx.execute({
    name: 'charging_lock_start_lane',
    text: `insert into charging.start_lane (operator_id, charge_point_id) values ($1, $2)
      on conflict (operator_id, charge_point_id) do update set operator_id = excluded.operator_id`,
  }, [onlyOperator(tx), chargePointId]);
}

/** A transaction id for OCPP 1.6: a positive int32 that was never given before. */
export async function nextTransactionNumber(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ number: bigint }>({ name: 'charging_next_number', text: `select nextval('charging.v16_transaction_number') as number` });
  return Number(row!.number);
}

export type Intent = { readonly mode: StartMode; readonly actor: string; readonly device: string | null; readonly ip: string | null };
/** What is known of a start once its charge point's lane is taken; see `charging.enter_start`. */
export type StartEntry = {
  readonly known: SessionId | null; readonly named: SessionId | null;
  readonly same: { readonly sessionId: SessionId; readonly messageId: string | null; readonly stopped: boolean; readonly booted: boolean } | null;
  readonly number: number | null; readonly intent: Intent | null;
};
type EntryRow = {
  known: SessionId | null; named: SessionId | null; same: SessionId | null; same_message: string | null; same_stopped: boolean; same_booted: boolean; number: bigint | null;
  intent_mode: StartMode | null; intent_actor: string; intent_device: string | null; intent_ip: string | null;
};

/** Takes the lane like `lockStartLane`, and looks behind it: was this frame recorded, does the session exist, did one begin with the same words, who asked for it. */
export async function enterStart(tx: Tx, start: Pick<FactOf<'session_started'>, 'chargePointId' | 'evseNumber' | 'transactionRef' | 'frameSequence' | 'ordinal' | 'eventAt' | 'recordedAt' | 'idToken' | 'registerWh' | 'remoteStartId'>): Promise<StartEntry> {
  const [row] = await tx.query<EntryRow>({
    name: 'charging_enter_start', text: 'select * from charging.enter_start($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
  }, [onlyOperator(tx), start.chargePointId, start.frameSequence, start.ordinal, start.transactionRef, startKey(start), maskOfStated(start.idToken), start.evseNumber,
    start.remoteStartId, sqlTimestamp(start.recordedAt), INTENT_VALID_MS / 1_000]);
  const { known, named, same, number, intent_mode: mode } = row!;
  return {
    known, named, same: same && { sessionId: same, messageId: row!.same_message, stopped: row!.same_stopped, booted: row!.same_booted },
    number: number === null ? null : Number(number), intent: mode && { mode, actor: row!.intent_actor, device: row!.intent_device, ip: row!.intent_ip },
  };
}

/** Who asked for a charge from afar, and how. Recorded when the command is given; the start that answers it takes it over (C-15). */
export type StartIntent = {
  readonly chargePointId: ChargePointId; readonly evseNumber: number | null; readonly idToken: string | null; readonly remoteStartId: number | null;
  readonly mode: StartMode; readonly actor: string; readonly device: string | null; readonly ip: string | null;
};
/** A remote start that the station has not answered by then is another matter. */
const INTENT_VALID_MS = 15 * 60_000;

export async function recordStartIntent(tx: Tx, intent: StartIntent, { clock }: { clock: Clock }): Promise<void> {
  await tx.execute(
    `insert into charging.start_intent (operator_id, intent_id, charge_point_id, evse_number, token_mask, remote_start_id, mode, actor, device, ip, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [onlyOperator(tx), newUuid(), intent.chargePointId, intent.evseNumber, maskToken(intent.idToken), intent.remoteStartId, intent.mode, intent.actor,
      intent.device, intent.ip, sqlTimestamp(clock.now())]);
}
