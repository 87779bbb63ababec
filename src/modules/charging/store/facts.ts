import { instant, type ChargePointId, type Instant, type SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { ChargePointFact, StatedBill } from '../domain/fact.ts';
import { maskToken } from '../domain/token.ts';
import { onlyOperator } from './sessions.ts';

export const factKey = (fact: Pick<ChargePointFact, 'frameSequence' | 'ordinal'>): string => `${fact.frameSequence}/${fact.ordinal}`;
export type StoredFact = { readonly fact: ChargePointFact; readonly sessionId: SessionId | null };

const time = (at: Instant | null): string | null => (at === null ? null : sqlTimestamp(at));
/** `in` on a closed union: the field where this kind of fact has it, else null. */
const field = <K extends string>(fact: ChargePointFact, name: K): unknown => (fact as unknown as Record<string, unknown>)[name] ?? null;
/** A register that no column can hold is garbage; the raw frame keeps it. */
const INT8_MAX = (1n << 63n) - 1n;
const int8 = (value: unknown): bigint | null => (typeof value === 'bigint' && value <= INT8_MAX && value >= -INT8_MAX ? value : null);
const INT4_MAX = 2_147_483_647;
const int4 = (value: unknown): number | null => (typeof value === 'number' && Math.abs(value) <= INT4_MAX ? Math.trunc(value) : null);

export const FACT_COLUMNS: readonly (readonly [column: string, type: string, value: (row: StoredFact) => unknown])[] = [
  ['frame_sequence', 'bigint', ({ fact }) => fact.frameSequence], ['ordinal', 'int', ({ fact }) => fact.ordinal], ['session_id', 'uuid', (row) => row.sessionId],
  ['charge_point_id', 'uuid', ({ fact }) => fact.chargePointId], ['evse_number', 'int', ({ fact }) => int4(fact.evseNumber)],
  ['transaction_ref', 'text', ({ fact }) => fact.transactionRef], ['kind', 'text', ({ fact }) => fact.kind], ['event_at', 'timestamptz', ({ fact }) => time(fact.eventAt)],
  ['recorded_at', 'timestamptz', ({ fact }) => time(fact.recordedAt)], ['message_id', 'text', ({ fact }) => fact.messageId],
  ['seq_no', 'int', ({ fact }) => int4(field(fact, 'seqNo'))], ['offline', 'boolean', ({ fact }) => field(fact, 'offline') === true],
  ['register_wh', 'bigint', ({ fact }) => int8(field(fact, 'registerWh'))], ['power_w', 'bigint', ({ fact }) => int8(field(fact, 'powerW'))],
  ['soc_percent', 'real', ({ fact }) => field(fact, 'socPercent')], ['context', 'text', ({ fact }) => field(fact, 'context')],
  ['token_mask', 'text', ({ fact }) => maskToken(field(fact, 'idToken') as string | null)], ['remote_start_id', 'bigint', ({ fact }) => field(fact, 'remoteStartId')],
  ['reason', 'text', ({ fact }) => field(fact, 'reason')], ['stated', 'jsonb', ({ fact }) => (fact.kind === 'session_ended' && fact.stated ? statedToJson(fact.stated) : null)], ['status', 'text', ({ fact }) => field(fact, 'status')], ['error_code', 'text', ({ fact }) => field(fact, 'errorCode')],
];
const INSERT = {
  name: 'charging_insert_facts',
  text: `insert into charging.fact (operator_id, ${FACT_COLUMNS.map(([column]) => column).join(', ')})
    select $1, * from unnest(${FACT_COLUMNS.map(([, type], i) => `$${i + 2}::${type}[]`).join(', ')}) on conflict do nothing
    returning frame_sequence as "frameSequence", ordinal`,
};

/** Appends facts in one statement. @returns the keys of those that were not there yet. */
export async function insertFacts(tx: Tx, rows: readonly StoredFact[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const inserted = await tx.query<{ frameSequence: bigint; ordinal: number }>(INSERT, [onlyOperator(tx), ...FACT_COLUMNS.map(([, , value]) => rows.map(value))]);
  return new Set(inserted.map(factKey));
}

type StatedJson = { readonly [K in keyof StatedBill]: string | number | null };
const statedToJson = (stated: StatedBill): string => JSON.stringify(stated, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
const statedOf = ({ energyWh, durationMs, amountMinor }: StatedJson): StatedBill =>
  ({ energyWh: energyWh === null ? null : BigInt(energyWh), durationMs: durationMs === null ? null : Number(durationMs), amountMinor: amountMinor === null ? null : BigInt(amountMinor) });

type FactRow = {
  sessionId: SessionId | null; frameSequence: bigint; ordinal: number; chargePointId: ChargePointId; evseNumber: number | null; transactionRef: string | null;
  kind: ChargePointFact['kind']; eventAt: Instant | null; recordedAt: Instant; messageId: string; seqNo: number | null; offline: boolean;
  registerWh: bigint | null; powerW: bigint | null; socPercent: number | null; context: string | null; tokenMask: string | null;
  remoteStartId: bigint | null; reason: string | null; stated: StatedJson | null; status: string | null; errorCode: string | null;
};
const SELECT = `select f.session_id as "sessionId", f.frame_sequence as "frameSequence", f.ordinal, f.charge_point_id as "chargePointId", f.evse_number as "evseNumber",
  f.transaction_ref as "transactionRef", f.kind, f.event_at as "eventAt", f.recorded_at as "recordedAt", f.message_id as "messageId", f.seq_no as "seqNo",
  f.offline, f.register_wh as "registerWh", f.power_w as "powerW", f.soc_percent as "socPercent", f.context, f.token_mask as "tokenMask",
  f.remote_start_id as "remoteStartId", f.reason, f.stated, f.status, f.error_code as "errorCode" from charging.fact f`;

/** Every fact of these sessions. The credential comes back as its mask: enough to tell facts apart. */
export async function loadFacts(tx: Tx, sessionIds: readonly SessionId[]): Promise<Map<SessionId, ChargePointFact[]>> {
  const rows = await tx.query<FactRow>({ name: 'charging_load_facts', text: `${SELECT} where f.operator_id = $1 and f.session_id = any($2::uuid[])` }, [onlyOperator(tx), sessionIds]);
  const facts = new Map<SessionId, ChargePointFact[]>(sessionIds.map((id) => [id, []]));
  for (const row of rows) facts.get(row.sessionId!)?.push(factOf(row));
  return facts;
}

/** Which of these starts are recorded already, and as which session. */
export async function sessionsOfFrames(tx: Tx, facts: readonly ChargePointFact[]): Promise<Map<string, SessionId>> {
  if (facts.length === 0) return new Map();
  const rows = await tx.query<{ frameSequence: bigint; ordinal: number; sessionId: SessionId | null }>({
    name: 'charging_sessions_of_frames',
    // By the primary key whatever the statistics say: another index would read every fact of the operator for each frame.
    text: `select k.frame_sequence as "frameSequence", k.ordinal, f.session_id as "sessionId"
      from unnest((select $2::bigint[]), (select $3::int[])) as k (frame_sequence, ordinal)
      cross join lateral (select x.session_id from charging.fact x
        where x.operator_id = $1 and x.frame_sequence = k.frame_sequence and x.ordinal = k.ordinal limit 1) f`,
  }, [onlyOperator(tx), facts.map((fact) => fact.frameSequence), facts.map((fact) => fact.ordinal)]);
  return new Map(rows.flatMap((row) => (row.sessionId === null ? [] : [[factKey(row), row.sessionId] as const])));
}

function factOf(row: FactRow): ChargePointFact {
  const origin = {
    chargePointId: row.chargePointId, evseNumber: row.evseNumber, transactionRef: row.transactionRef, frameSequence: row.frameSequence, ordinal: row.ordinal,
    eventAt: row.eventAt === null ? null : instant(row.eventAt), recordedAt: instant(row.recordedAt), messageId: row.messageId,
  };
  const said = { registerWh: row.registerWh, seqNo: row.seqNo, offline: row.offline };
  switch (row.kind) {
    case 'session_started': return { ...origin, ...said, kind: row.kind, idToken: row.tokenMask, remoteStartId: row.remoteStartId === null ? null : Number(row.remoteStartId) };
    case 'register_read': return { ...origin, ...said, kind: row.kind, idToken: row.tokenMask, powerW: row.powerW, socPercent: row.socPercent, context: row.context };
    case 'session_ended': return { ...origin, ...said, kind: row.kind, reason: row.reason, idToken: row.tokenMask, ...(row.stated ? { stated: statedOf(row.stated) } : {}) };
    case 'booted': return { ...origin, kind: row.kind };
    case 'status': return { ...origin, kind: row.kind, status: row.status ?? '', errorCode: row.errorCode };
  }
}
