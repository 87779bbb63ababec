import { assert, ok, refuse, type Clock, type CorrectionId, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { CORRECTION_REASON_LENGTH_MAX } from '../domain/correction.ts';
import { correctionsOf, findCorrection, insertCorrection, type CorrectionRow } from '../store/corrections.ts';
import { currentBills } from '../store/bills.ts';
import { orphanOfCorrection } from '../orphans/store.ts';
import { lockSessions } from '../store/sessions.ts';
import { correctedBill, outcomeOf, settleAgain, type CorrectedBill } from './correct-bill.ts';
import { rederiveSessions } from './rederive-sessions.ts';
import { startWorking } from './working.ts';

export type RevertCorrection = {
  readonly correctionId: CorrectionId;
  /** Written for the member to read. 1 to 500 characters. */
  readonly reason: string;
  readonly actor: string;
};
/** In the order in which they are checked. */
export type RevertRejection =
  | { readonly code: 'correction_not_found' }
  | { readonly code: 'correction_reason_missing'; readonly lengthMax: number }
  | { readonly code: 'correction_superseded'; readonly correctionId: CorrectionId };

/**
 * The opposite of a correction: its bill becomes what it would be without it, in the same transaction as everything that hangs on it. The same
 * revert again changes nothing. Only the active correction can be reverted; where an earlier one stands behind it, that one counts again.
 */
export async function revertCorrection(tx: Tx, act: RevertCorrection, { clock }: { clock: Clock }): Promise<Result<CorrectedBill, RevertRejection>> {
  const working = startWorking(tx, clock);
  const found = await findCorrection(tx, act.correctionId);
  if (found?.kind !== 'accept') return refuse({ code: 'correction_not_found' });
  const [session] = await lockSessions(tx, [], [found.sessionId]);
  assert(session, 'a correction is of a session');
  const all = (await correctionsOf(tx, [session.sessionId])).get(session.sessionId) ?? [];
  const { currency } = await working.operator();
  const done = all.find(({ reverts }) => reverts === act.correctionId);
  if (done) return ok(await outcomeOf(tx, done, currency));
  const reason = act.reason.trim();
  if (reason.length === 0 || reason.length > CORRECTION_REASON_LENGTH_MAX) return refuse({ code: 'correction_reason_missing', lengthMax: CORRECTION_REASON_LENGTH_MAX });
  if (session.correctionId !== act.correctionId) {
    assert(session.correctionId !== null, 'a correction that was not reverted is active or superseded');
    return refuse({ code: 'correction_superseded', correctionId: session.correctionId });
  }
  const before = (await currentBills(tx, [session.sessionId])).get(session.sessionId);
  assert(before, 'an ended session has a bill');
  const row: CorrectionRow = {
    correctionId: newUuid() as CorrectionId, sessionId: session.sessionId, number: all.length + 1, kind: 'revert', reverts: act.correctionId, billId: before.billId, source: null, energyWh: null, lowerWh: null,
    upperWh: null, evidenceDigest: found.evidenceDigest, proposal: null, decidedBy: 'person', actor: act.actor, reason, approvalId: null, approvedBy: null, rulesVersion: found.rulesVersion, recordedAt: clock.now(),
  };
  await insertCorrection(tx, { ...row, accepted: null });
  const after = await settleAgain(working, session, latestStanding(all, act.correctionId), 'correction_reverted');
  const orphanId = await orphanOfCorrection(tx, act.correctionId);
  if (orphanId !== null) await rederiveSessions(tx, [orphanId], { clock });
  return ok(correctedBill(row, currency, session.memberId, { before, after }));
}

/** The latest acceptance that is not reverted, once `without` is. */
function latestStanding(all: readonly CorrectionRow[], without: CorrectionId): CorrectionId | null {
  const gone = new Set([without, ...all.flatMap(({ reverts }) => (reverts === null ? [] : [reverts]))]);
  return all.findLast(({ kind, correctionId }) => kind === 'accept' && !gone.has(correctionId))?.correctionId ?? null;
}
