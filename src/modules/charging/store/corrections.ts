import { assert, CURRENCY_DECIMALS, type BillId, type CorrectionId, type CurrencyCode, type Instant, type MemberId, type SessionId, type WattHours } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { packIntervals, unpackIntervals, type Correction, type CorrectionThreshold, type PackedIntervals } from '../domain/correction.ts';
import type { EnergySource } from '../domain/repair-proposal.ts';
import { onlyOperator } from './sessions.ts';

/** A row of `charging.correction`: an acceptance, or the revert of one. */
export type CorrectionRow = {
  readonly correctionId: CorrectionId; readonly sessionId: SessionId; readonly number: number; readonly kind: 'accept' | 'revert'; readonly reverts: CorrectionId | null; readonly billId: BillId;
  readonly source: EnergySource | null; readonly energyWh: WattHours | null; readonly lowerWh: WattHours | null; readonly upperWh: WattHours | null; readonly evidenceDigest: string;
  readonly proposal: unknown; readonly decidedBy: 'policy' | 'person'; readonly actor: string; readonly reason: string;
  readonly approvalId: string | null; readonly approvedBy: string | null; readonly rulesVersion: number; readonly recordedAt: Instant;
};
export type NewCorrection = Omit<CorrectionRow, 'source' | 'energyWh' | 'lowerWh' | 'upperWh'> & { readonly accepted: Omit<Correction, 'correctionId' | 'sessionId' | 'number' | 'evidenceDigest'> | null };

const COLUMNS = `correction_id as "correctionId", session_id as "sessionId", number, kind, reverts, bill_id as "billId", source, energy_wh as "energyWh", lower_wh as "lowerWh", upper_wh as "upperWh",
  evidence_digest as "evidenceDigest", proposal, decided_by as "decidedBy", actor, reason, approval_id as "approvalId", approved_by as "approvedBy", rules_version as "rulesVersion", recorded_at as "recordedAt"`;
const json = (value: unknown): string => JSON.stringify(value, (_name, field: unknown) => (typeof field === 'bigint' ? String(field) : field));

export async function insertCorrection(tx: Tx, row: NewCorrection): Promise<void> {
  const accepted = row.accepted;
  await tx.execute(
    `insert into charging.correction (operator_id, correction_id, session_id, number, kind, reverts, bill_id, source, energy_wh, lower_wh, upper_wh, intervals, evidence_digest, proposal,
       decided_by, actor, reason, approval_id, approved_by, rules_version, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
    [onlyOperator(tx), row.correctionId, row.sessionId, row.number, row.kind, row.reverts, row.billId, accepted?.source ?? null, accepted?.energyWh ?? null, accepted?.lowerWh ?? null,
      accepted?.upperWh ?? null, accepted ? json(packIntervals(accepted.intervals)) : null, row.evidenceDigest, row.proposal === null ? null : json(row.proposal), row.decidedBy, row.actor, row.reason,
      row.approvalId, row.approvedBy, row.rulesVersion, sqlTimestamp(row.recordedAt)]);
}

/** Points a session to the acceptance that counts from now on. The session must be locked. */
export async function setActiveCorrection(tx: Tx, sessionId: SessionId, correctionId: CorrectionId | null): Promise<void> {
  await tx.execute('update charging.session set correction_id = $3 where operator_id = $1 and session_id = $2', [onlyOperator(tx), sessionId, correctionId]);
}

/** The active corrections of these sessions. */
export async function activeCorrections(tx: Tx, correctionIds: readonly CorrectionId[]): Promise<Map<SessionId, Correction>> {
  if (correctionIds.length === 0) return new Map();
  const rows = await tx.query<Omit<Correction, 'intervals'> & { intervals: PackedIntervals }>({
    name: 'charging_active_corrections',
    text: `select c.correction_id as "correctionId", c.session_id as "sessionId", c.number, c.source, c.energy_wh as "energyWh", c.lower_wh as "lowerWh", c.upper_wh as "upperWh", c.intervals,
        c.evidence_digest as "evidenceDigest"
      from unnest((select $2::uuid[])) as k (correction_id)
      cross join lateral (select x.* from charging.correction x where x.operator_id = $1 and x.correction_id = k.correction_id offset 0) c`,
  }, [onlyOperator(tx), correctionIds]);
  return new Map(rows.map((row) => [row.sessionId, { ...row, intervals: unpackIntervals(row.intervals) }]));
}

export async function findCorrection(tx: Tx, correctionId: CorrectionId): Promise<CorrectionRow | null> {
  const [row] = await tx.query<CorrectionRow>(`select ${COLUMNS} from charging.correction where operator_id = $1 and correction_id = $2`, [onlyOperator(tx), correctionId]);
  return row ?? null;
}

/** Every correction of these sessions, oldest first. */
export async function correctionsOf(tx: Tx, sessionIds: readonly SessionId[]): Promise<Map<SessionId, CorrectionRow[]>> {
  const rows = sessionIds.length === 0 ? []
    : await tx.query<CorrectionRow>(`select ${COLUMNS} from charging.correction where operator_id = $1 and session_id = any($2::uuid[]) order by session_id, number`, [onlyOperator(tx), sessionIds]);
  return Map.groupBy(rows, (row) => row.sessionId);
}

export type BillFigures = { readonly billId: BillId; readonly state: 'settled' | 'held'; readonly energyWh: bigint; readonly totalMinor: bigint };
/** The version that a correction was decided on, and the next one; the same where the decision made none (the revert of a correction that had lapsed). */
export async function decidedBills(tx: Tx, { billId, sessionId }: Pick<CorrectionRow, 'billId' | 'sessionId'>): Promise<{ before: BillFigures; after: BillFigures; memberId: MemberId | null }> {
  const rows = await tx.query<BillFigures & { memberId: MemberId | null }>(
    `select bill_id as "billId", state, energy_wh as "energyWh", total_minor as "totalMinor", member_id as "memberId" from charging.bill
     where operator_id = $1 and session_id = $2 and (bill_id = $3 or previous_bill_id = $3) order by version`, [onlyOperator(tx), sessionId, billId]);
  const [before, after = before] = rows.map(({ memberId: _payer, ...figures }) => figures);
  assert(before && after, 'a correction names a bill of its session');
  return { before, after, memberId: rows.at(-1)!.memberId };
}

export type CorrectionPolicy = CorrectionThreshold & { readonly version: number };
/** Five hundred major units, or two hundred kilowatt-hours: more than a car's charge, less than a depot's night. */
const FOUR_EYES_MAJOR = 500n, FOUR_EYES_WH = 200_000n;

export async function loadCorrectionPolicy(tx: Tx, currency: CurrencyCode): Promise<CorrectionPolicy> {
  const [row] = await tx.query<CorrectionPolicy>(
    'select version, four_eyes_above_minor as "aboveMinor", four_eyes_above_wh as "aboveWh" from charging.correction_policy where operator_id = $1 order by version desc limit 1', [onlyOperator(tx)]);
  return row ?? { version: 0, aboveMinor: FOUR_EYES_MAJOR * 10n ** BigInt(CURRENCY_DECIMALS[currency]), aboveWh: FOUR_EYES_WH };
}

/** @returns false when somebody else has made that version meanwhile. */
export async function insertCorrectionPolicy(tx: Tx, policy: CorrectionPolicy & { readonly reason: string | null; readonly changedBy: string; readonly recordedAt: Instant }): Promise<boolean> {
  const made = await tx.execute(
    `insert into charging.correction_policy (operator_id, version, four_eyes_above_minor, four_eyes_above_wh, reason, changed_by, recorded_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict do nothing`, [onlyOperator(tx), policy.version, policy.aboveMinor, policy.aboveWh, policy.reason, policy.changedBy, sqlTimestamp(policy.recordedAt)]);
  return made === 1;
}
