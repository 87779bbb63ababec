import { addMs, wattHours, type ConnectorId, type SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { AnomalyRules } from '../domain/anomaly-rules.ts';
import type { DerivedSession } from '../domain/derive.ts';
import { flag, isClosedByEvidence, isTimeInDoubt, NEVER_SETTLED_FIRST, type Flag } from '../domain/flag.ts';
import { toleranceOf } from '../domain/repair-candidates.ts';
import type { EnergyBounds, EnergyCandidate, RepairProposal } from '../domain/repair-proposal.ts';
import type { Session } from '../domain/session.ts';
import { registersAfter } from '../store/meters.ts';
import { fits, matchOrphan, type Claimant, type OrphanVerdict } from './match-orphan.ts';
import { claimantsAt, orphansAt, servedNext } from './store.ts';

export type OrphanMatch = OrphanVerdict & { readonly kind: 'matched' };
type Stopless = { readonly session: Session; readonly derived: DerivedSession; readonly evidence: { readonly flags: readonly Flag[] } };

/** The orphans that end these sessions, of those that were closed without an end and have one. Reads only; a few statements for any number. */
export async function orphansFor(tx: Tx, all: readonly Stopless[], rules: AnomalyRules): Promise<Map<SessionId, OrphanMatch>> {
  const stopless = all.flatMap(({ session, derived, evidence }) => {
    const last = derived.readings.at(-1);
    if (last === undefined || !last.counted || session.connectorId === null || !isClosedByEvidence(evidence.flags.map(({ cause }) => cause)) || isTimeInDoubt(evidence.flags)) return [];
    return [{ session, lost: { sessionId: session.sessionId, connectorId: session.connectorId, maxPowerW: session.maxPowerW, token: session.tokenMask, last: { at: last.at, registerWh: last.registerWh } } satisfies Omit<Claimant, 'until'> }];
  });
  if (stopless.length === 0) return new Map();
  const places = stopless.map(({ session: { chargePointId }, lost: { last } }) => ({ chargePointId, from: last.at, to: addMs(last.at, rules.sessionDurationMaxMs) }));
  const orphans = await orphansAt(tx, places);
  if (orphans.length === 0) return new Map();
  const until = await servedNext(tx, stopless.map(({ lost: { last, ...lost } }) => ({ ...lost, at: last.at })));
  const claimants = stopless.map(({ session, lost }) => ({ session, claimant: { ...lost, until: until.get(lost.sessionId) ?? null } satisfies Claimant }));
  const rivals = await claimantsAt(tx, places);
  const of = <T extends { readonly chargePointId: string }>(rows: readonly T[], { chargePointId }: Session): T[] => rows.filter((row) => row.chargePointId === chargePointId);
  const asked = claimants.flatMap(({ session, claimant }) => of(orphans, session).filter((orphan) => fits(orphan, claimant, rules)).map((orphan) => ({ sessionId: orphan.sessionId, connectorId: session.connectorId as ConnectorId, at: orphan.at })));
  const next = await registersAfter(tx, asked);
  return new Map(claimants.flatMap(({ session, claimant }): [SessionId, OrphanMatch][] => {
    const verdict = matchOrphan(claimant, { orphans: of(orphans, session), rivals: of(rivals, session), next }, rules);
    return verdict.kind === 'matched' ? [[session.sessionId, verdict]] : [];
  }));
}

/**
 * The proposal with what the orphan says beside the others: the registers up to the session's last, and from there to the orphan's. Strong, it is what is
 * proposed, and a policy may accept it; weak, it is one more of the things that a person can choose. Never more than the connector can deliver.
 */
export function withOrphan(proposal: RepairProposal, match: OrphanMatch | undefined, { derived, flags, bounds }: { readonly derived: DerivedSession; readonly flags: readonly Flag[]; readonly bounds: EnergyBounds }): RepairProposal {
  const registers = proposal.candidates.find(({ source }) => source === 'registers' || source === 'platform_count');
  if (match === undefined || registers === undefined || proposal.candidates.some(({ source }) => source === 'device_bill')) return proposal;
  const last = derived.readings.at(-1)!;
  const seen = registers.intervals.filter(({ to }) => to <= last.at);
  const energyWh = wattHours(seen.reduce((sum, { energy }) => sum + energy, 0n) + match.drawnWh);
  if (energyWh > bounds.byPowerWh) return proposal;
  const { orphan, because, confidence } = match;
  const candidate: EnergyCandidate = {
    source: 'device_bill', energyWh, lowerWh: energyWh, upperWh: energyWh, confidence, intervals: [...seen, ...(match.drawnWh > 0n ? [{ from: last.at, to: orphan.at, energy: wattHours(match.drawnWh) }] : [])],
    evidence: [{ key: 'orphan_stop', data: { orphanSessionId: orphan.sessionId, registerWh: String(orphan.registerWh), at: orphan.at, lastWh: String(last.registerWh), lastAt: last.at, because: because.join(' ') } }],
  };
  const candidates = [candidate, ...proposal.candidates];
  if (confidence !== 'strong') return { ...proposal, candidates };
  // What the connector showed next may leave no room for it, or say that more was drawn.
  const registersDiffer = registers.source === 'registers' && registers.confidence !== 'weak' && apart(registers.energyWh, energyWh) > toleranceOf(energyWh);
  if (registersDiffer) return { ...proposal, candidates, automatic: false, why: { key: 'device_says_otherwise', data: { energyWh: String(energyWh) } } };
  const barred = flags.some(({ cause, effect }) => effect === 'hold' && (NEVER_SETTLED_FIRST.has(cause) || cause === 'occupancy_too_long'));
  return { ...proposal, candidates, chosen: 'device_bill', automatic: !barred, why: barred ? proposal.why : { key: 'evidence_agrees', data: { lowerWh: String(energyWh), upperWh: String(energyWh) } } };
}

const apart = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);

/** An orphan that was accepted as the end of another session: it says so, charges nothing, and nobody has to look. */
export const linkedOrphan = (derived: DerivedSession, endOf: SessionId): DerivedSession => ({
  ...derived, energyWh: wattHours(0n), intervals: [], occupancy: null, held: false, flags: [{ ...flag('start_never_arrived', { firstHeardAt: derived.startedAt, endOfSessionId: endOf }), effect: 'note' }],
});
