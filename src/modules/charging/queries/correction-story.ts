import type { CorrectionId, Instant } from '../../../kernel/index.ts';
import type { EnergySource, Evidence } from '../domain/repair-proposal.ts';
import type { BillReason } from '../store/bills.ts';
import type { CorrectionRow } from '../store/corrections.ts';

/** corrected: follows a decision. reverted: the decision was undone. lapsed: later facts settled it. contradicted: later facts do not fit it. */
export const CORRECTION_CHANGES = ['corrected', 'reverted', 'lapsed', 'contradicted'] as const;
export type CorrectionChange = (typeof CORRECTION_CHANGES)[number];
/** What a member is told about a bill that changed by a decision: what it was, what it is, and why. */
export type CorrectionStory = {
  readonly correctionId: CorrectionId; readonly change: CorrectionChange; readonly source: EnergySource | null; readonly decidedBy: 'policy' | 'person'; readonly reason: string; readonly why: Evidence | null;
  readonly recordedAt: Instant; readonly oldEnergyWh: bigint; readonly newEnergyWh: bigint; readonly oldTotalMinor: bigint; readonly newTotalMinor: bigint;
};
type Version = { readonly billId: string; readonly reason: BillReason; readonly state: 'settled' | 'held'; readonly correctionId: CorrectionId | null; readonly energyWh: bigint; readonly totalMinor: bigint };

/** @returns null where the version follows the same decision as the one before it, or none. */
export function tellCorrection(now: Version, before: Version | undefined, corrections: readonly CorrectionRow[]): CorrectionStory | null {
  if (before === undefined || before.correctionId === now.correctionId) return null;
  const change: CorrectionChange = now.correctionId !== null ? 'corrected' : now.reason === 'correction_reverted' ? 'reverted' : now.state === 'held' ? 'contradicted' : 'lapsed';
  const row = corrections.find(({ correctionId, kind, billId }) => (change === 'reverted' ? kind === 'revert' && billId === before.billId : correctionId === (now.correctionId ?? before.correctionId)));
  if (row === undefined) return null;
  const why = change === 'corrected' ? (row.proposal as { readonly why?: Evidence } | null)?.why ?? null : null;
  return {
    correctionId: row.correctionId, change, source: row.source, decidedBy: row.decidedBy, reason: row.reason, why, recordedAt: row.recordedAt,
    oldEnergyWh: before.energyWh, newEnergyWh: now.energyWh, oldTotalMinor: before.totalMinor, newTotalMinor: now.totalMinor,
  };
}
