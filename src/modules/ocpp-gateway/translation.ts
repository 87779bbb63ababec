import { parseTimestamp, type ChargePointId, type Instant } from '../../kernel/index.ts';
import type { ChargePointFact, FactOrigin } from '../charging/index.ts';
import { textOf, type JsonObject, type JsonValue } from './wire/lenient-json.ts';

/** A call of a charge point, read back from the frame log. */
export type StoredCall = {
  readonly chargePointId: ChargePointId;
  readonly sequence: bigint;
  readonly recordedAt: Instant;
  readonly messageId: string;
  /** In the standard's spelling. */
  readonly action: string;
  readonly payload: JsonObject;
};

export type BootNotice = { readonly vendor: string | null; readonly model: string | null; readonly serial: string | null; readonly firmware: string | null };
export type StatusNotice = { readonly evseNumber: number; readonly status: string; readonly errorCode: string | null; readonly at: Instant };

/** What a call means: facts for charging, and what locations show. */
export type Translation = { readonly facts: readonly ChargePointFact[]; readonly boot: BootNotice | null; readonly status: StatusNotice | null };
export const NOTHING_TO_TELL: Translation = { facts: [], boot: null, status: null };
export const onlyFacts = (...facts: ChargePointFact[]): Translation => ({ facts, boot: null, status: null });

/** Where the facts of a call come from. `ordinal` counts the facts of one frame. */
export type Origin = Omit<FactOrigin, 'ordinal' | 'eventAt'>;
export const originOf = (call: StoredCall, evseNumber: number | null, transactionRef: string | null): Origin =>
  ({ chargePointId: call.chargePointId, evseNumber, transactionRef, frameSequence: call.sequence, recordedAt: call.recordedAt, messageId: call.messageId });

/** Event time as the message states it; null when nobody can read it. A stamp without a zone is taken as UTC. */
export const instantOf = (value: JsonValue | undefined): Instant | null => {
  const text = textOf(value);
  return text === null ? null : parseTimestamp(text)?.at ?? null;
};

const EVSE_NUMBER_MAX = 1_000n;
/** A connector or EVSE number that can be one. */
export const evseNumberOf = (value: bigint | null): number | null => (value !== null && value >= 0n && value <= EVSE_NUMBER_MAX ? Number(value) : null);

const INT32_MAX = 2_147_483_647n;
/** Numbers of the protocol that fit a database's integer; anything else is as good as unstated. */
export const int32Of = (value: bigint | null): number | null => (value !== null && value >= 0n && value <= INT32_MAX ? Number(value) : null);
