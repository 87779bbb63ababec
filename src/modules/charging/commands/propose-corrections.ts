import { assert, type Clock, type Instant, type SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { Operator } from '../../parties/index.ts';
import { tariffsForAll, type RatedLine } from '../../tariffs/index.ts';
import { digestOf } from '../domain/bill.ts';
import { evidenceDigestOf, occupancyAfter, type Price } from '../domain/correction.ts';
import { isTimeInDoubt } from '../domain/flag.ts';
import { energyBounds, FALSE_START, proposeRepair, type EnergyBounds, type EnergyCandidate, type RepairProposal } from '../domain/repair-proposal.ts';
import { EMPTY_CHAIN, type RegisterChain, type RegisterPoint } from '../domain/register-chain.ts';
import type { DerivedSession } from '../domain/derive.ts';
import type { Session } from '../domain/session.ts';
import { orphansFor, withOrphan, type OrphanMatch } from '../orphans/orphan-proposals.ts';
import { contestedStretches, standingBefore, type Stretch } from '../store/circumstances.ts';
import { registersAfter } from '../store/meters.ts';
import { readSessions } from '../store/sessions.ts';
import { deriveAll, draftBills, pricing, type Drafted } from './settle-sessions.ts';
import { startWorking, type Working } from './working.ts';

/** Sessions whose proposals are worked out at once. */
export const PROPOSALS_MAX = 200;

/** What a candidate would cost; `refusal` says why it has no price. */
export type PricedCandidate = { readonly totalMinor: bigint | null; readonly lines: readonly RatedLine[]; readonly refusal: string | null };
export type CorrectionProposal = RepairProposal & {
  /** One for each candidate, in their order. */
  readonly priced: readonly PricedCandidate[];
  /** Of everything that this is worked out from: a decision made on it is refused when the facts have changed. */
  readonly evidenceDigest: string;
  readonly bounds: EnergyBounds;
};
/** A flagged session with everything that a decision about it rests on. */
export type Weighed = Drafted & { /** The end without a session that is this session's, where one is. */ readonly orphan: OrphanMatch | undefined; readonly operator: Operator; readonly proposal: CorrectionProposal; readonly price: Price; readonly rulesVersion: number };

/**
 * What may be true of these sessions, with the evidence and the price of each candidate. Reads only. Sessions that are open, that nothing
 * is odd about, or that there are not, are missing in the answer. At most `PROPOSALS_MAX` at once.
 */
export async function proposeCorrections(tx: Tx, sessionIds: readonly SessionId[], { clock }: { clock: Clock }): Promise<Map<SessionId, CorrectionProposal>> {
  assert(sessionIds.length <= PROPOSALS_MAX, `at most ${PROPOSALS_MAX} sessions at once`);
  const weighed = await weigh(startWorking(tx, clock), await readSessions(tx, sessionIds));
  return new Map(weighed.map(({ session, proposal }) => [session.sessionId, proposal]));
}

/** The evidence of ended, flagged sessions, as it is at this moment. */
export async function weigh(working: Working, sessions: readonly Session[]): Promise<Weighed[]> {
  const ended = sessions.filter(({ state }) => state === 'ended');
  if (ended.length === 0) return [];
  const operator = await working.operator();
  const { drafted } = await draftBills(working, operator, await deriveAll(working, ended));
  const flagged = drafted.filter(({ evidence }) => evidence.flags.length > 0);
  const { version, rules } = await working.rules();
  const placed = flagged.flatMap(({ session: { sessionId, chargePointId, evseNumber, connectorId, maxPowerW }, evidence, derived }) =>
    (connectorId === null || isTimeInDoubt(evidence.flags) ? [] : [{ sessionId, chargePointId, evseNumber, connectorId, maxPowerW, startedAt: derived.startedAt, endedAt: derived.endedAt! }]));
  const after = untilNext(flagged, await registersAfter(working.tx, placed.map(({ endedAt: at, ...place }) => ({ ...place, at }))));
  const standing = await standingBefore(working.tx, placed.map(({ startedAt: at, ...place }) => ({ ...place, at })));
  const spans = new Map(flagged.map(({ session: { sessionId }, derived }) => [sessionId, spanOf(derived)]));
  const stretches = placed.flatMap(({ startedAt, endedAt, ...place }): Stretch[] => {
    const [known, next, own] = [standing.get(place.sessionId)?.main, after.get(place.sessionId), spans.get(place.sessionId)!];
    return [
      ...(known ? [{ ...place, side: 'before' as const, from: known.at, to: startedAt, fromWh: known.registerWh, toWh: own.firstWh ?? next?.registerWh ?? known.registerWh }] : []),
      ...(next ? [{ ...place, side: 'after' as const, from: endedAt, to: next.at, fromWh: own.lastWh ?? known?.registerWh ?? 0n, toWh: next.registerWh }] : []),
    ];
  });
  const contested = await contestedStretches(working.tx, stretches);
  const believed = <T>(side: Stretch['side'], { session: { sessionId } }: Drafted, known: ReadonlyMap<SessionId, T>): T | undefined => (contested[side].has(sessionId) ? undefined : known.get(sessionId));
  const orphans = await orphansFor(working.tx, flagged, rules);
  const proposed = flagged.map((each) => {
    const orphan = orphans.get(each.session.sessionId);
    // An end that is surely this session's says until when it went on, and to which register.
    const ended = orphan?.confidence === 'strong' ? orphan.orphan : null;
    const input = { derived: each.derived, facts: each.facts, context: each.context, before: believed('before', each, standing) ?? unknownBefore(each), after: believed('after', each, after) ?? ended, curve: null, rules, flags: each.evidence.flags };
    const bounds = energyBounds(input);
    return { each, orphan, bounds, proposal: withOrphan(proposeRepair(input), orphan, { derived: each.derived, flags: each.evidence.flags, bounds }) };
  });
  const assignments = await tariffsForAll(working.tx, proposed.map(({ each: { session, derived }, proposal }) =>
    ({ stationId: session.stationId, connectorId: session.connectorId, ...hull({ from: derived.startedAt, to: derived.endedAt! }, proposal.candidates) })));
  return proposed.map(({ each, orphan, proposal, bounds }, i) => {
    const price = pricing(operator, each.session, assignments[i]!);
    const priced = proposal.candidates.map((candidate) => pricedCandidate(candidate, each, price));
    return { ...each, orphan, operator, price, rulesVersion: version, proposal: { ...proposal, priced, bounds, evidenceDigest: proposalDigestOf(each, proposal) } };
  });
}

/** The first register of a session that can be true, and the last that counts. */
function spanOf({ readings, intervals, flags }: DerivedSession): { readonly firstWh: bigint | null; readonly lastWh: bigint | null } {
  const believed = flags.find(({ cause }) => FALSE_START.has(cause))?.data.toWh ?? readings.find(({ at }) => at === (intervals[0]?.from ?? readings[0]?.at))?.registerWh ?? null;
  return { firstWh: believed === null ? null : BigInt(String(believed)), lastWh: readings.findLast(({ counted }) => counted)?.registerWh ?? null };
}

/** A session that was closed by a start drew nothing after it: what the connector shows later is the next one's. */
function untilNext(flagged: readonly Drafted[], after: ReadonlyMap<SessionId, RegisterPoint>): Map<SessionId, RegisterPoint> {
  const known = new Map(after);
  for (const { session: { sessionId }, context: { next } } of flagged) {
    const found = after.get(sessionId);
    if (!next || (found !== undefined && found.at < next.at)) continue;
    if (next.registerWh === null || next.registerWh < 0n) known.delete(sessionId);
    else known.set(sessionId, { at: next.at, registerWh: next.registerWh });
  }
  return known;
}

/** Where nobody can say what ran on the connector before the session, only the habit of its meter is known. */
const unknownBefore = ({ context: { before } }: Drafted): RegisterChain => ({ ...EMPTY_CHAIN, restarts: before.restarts });

/** Of everything that was seen: what the facts say, and what is offered by them and by what the connector showed around them. */
const proposalDigestOf = ({ derived, evidence }: Drafted, { candidates, chosen }: RepairProposal): string =>
  digestOf({ evidence: evidenceDigestOf(derived, evidence.flags), chosen, candidates: candidates.map(({ source, energyWh, confidence }) => [source, energyWh, confidence]) });

function pricedCandidate({ energyWh, intervals }: EnergyCandidate, { derived }: Drafted, price: Price): PricedCandidate {
  const rated = price(energyWh, intervals, occupancyAfter(derived.occupancy, intervals));
  return rated.ok ? { totalMinor: rated.value.totalMinor, lines: rated.value.lines, refusal: null } : { totalMinor: null, lines: [], refusal: rated.error.code };
}

/** From the earliest to the latest moment at which anything that is offered has energy. */
function hull(span: { readonly from: Instant; readonly to: Instant }, candidates: readonly EnergyCandidate[]): { from: Instant; to: Instant } {
  let { from, to } = span;
  for (const { intervals } of candidates) for (const each of intervals) {
    if (each.from < from) from = each.from;
    if (each.to > to) to = each.to;
  }
  return { from, to };
}
