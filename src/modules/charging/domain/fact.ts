import type { ChargePointId, Instant } from '../../../kernel/index.ts';

/**
 * One thing that a charge point said, in the words of no protocol. A frame yields none, one or several (`ordinal` counts them);
 * `(frameSequence, ordinal)` names a fact for ever, so that applying it again changes nothing.
 *
 * - `evseNumber`: OCPP 1.6 connectorId or OCPP 2.0.1 evse id; 0 is the whole point, null is unstated.
 * - `transactionRef`: `v16:<transactionId>` as the station sent it (also `v16:-1`), `v201:<transactionId>`, null when it named none.
 *   The start frame of OCPP 1.6 carries none: its number is given in the reply.
 * - `eventAt`: what the message says, null when it cannot be read; `recordedAt`: when the frame was stored here.
 * - Registers are whole Wh of the active-import total register; a value that the station marks as unknown (−1) may be passed as it is.
 */
export type FactOrigin = {
  readonly chargePointId: ChargePointId;
  readonly evseNumber: number | null;
  readonly transactionRef: string | null;
  readonly frameSequence: bigint;
  readonly ordinal: number;
  readonly eventAt: Instant | null;
  readonly recordedAt: Instant;
  readonly messageId: string;
};

export type SessionStarted = {
  readonly kind: 'session_started';
  readonly idToken: string | null;
  readonly registerWh: bigint | null;
  /** OCPP 2.0.1 only; null in 1.6. */
  readonly seqNo: number | null;
  readonly offline: boolean;
  readonly remoteStartId: number | null;
};

export type RegisterRead = {
  readonly kind: 'register_read';
  readonly registerWh: bigint | null;
  readonly powerW: bigint | null;
  readonly socPercent: number | null;
  /** The reading context of the protocol: `Sample.Periodic`, `Transaction.Begin`, … */
  readonly context: string | null;
  readonly seqNo: number | null;
  readonly offline: boolean;
  /** OCPP 2.0.1: a card presented after the cable was plugged in comes with an update (Part 2, E03). */
  readonly idToken?: string | null;
};

/** What the source of a session bills by itself, where it says so; no field is required. Energy in Wh, time in ms, money in minor units. */
export type StatedBill = { readonly energyWh: bigint | null; readonly durationMs: number | null; readonly amountMinor: bigint | null };

export type SessionEnded = {
  readonly kind: 'session_ended';
  /** Imported tables and protocols that send bills state figures of their own; OCPP 1.6 and 2.0.1 do not. */
  readonly stated?: StatedBill | null;
  readonly registerWh: bigint | null;
  readonly reason: string | null;
  readonly idToken: string | null;
  readonly seqNo: number | null;
  readonly offline: boolean;
};

export type Booted = { readonly kind: 'booted' };
export type StatusReported = { readonly kind: 'status'; readonly status: string; readonly errorCode: string | null };

export type ChargePointFact = FactOrigin & (SessionStarted | RegisterRead | SessionEnded | Booted | StatusReported);

export type FactKind = ChargePointFact['kind'];
export type FactOf<K extends FactKind> = Extract<ChargePointFact, { readonly kind: K }>;
/** What is said about one session. */
export type SessionFact = FactOf<'session_started'> | FactOf<'register_read'> | FactOf<'session_ended'>;
