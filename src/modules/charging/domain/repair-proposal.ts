import { assert, wattHours } from '../../../kernel/index.ts';
import type { AnomalyRules } from './anomaly-rules.ts';
import type { DerivedSession, SessionContext } from './derived-session.ts';
import type { Confidence, CurvePoint, EnergyBounds, EnergyCandidate, EnergySource, Evidence } from './energy-candidate.ts';
import type { ChargePointFact } from './fact.ts';
import { NEVER_SETTLED_FIRST, type Flag, type FlagCause } from './flag.ts';
import { continues, plausibleEnergyMax, type RegisterChain, type RegisterPoint } from './register-chain.ts';
import { isEndSeen, isLengthKnown, latestEnd, weighRegisters, type RegisterEvidence } from './repair-evidence.ts';
import { listCandidates, toleranceOf } from './repair-candidates.ts';
import { believedAt } from './stamps.ts';

export { ENERGY_SOURCES, type Confidence, type CurvePoint, type EnergyBounds, type EnergyCandidate, type EnergySource, type Evidence } from './energy-candidate.ts';

export type RepairProposal = {
  readonly primaryCause: FlagCause;
  readonly candidates: readonly EnergyCandidate[];
  readonly chosen: EnergySource | null;
  /** Whether a policy may accept it without a person. */
  readonly automatic: boolean;
  readonly why: Evidence;
};
export type RepairInput = {
  readonly derived: DerivedSession;
  readonly facts: readonly ChargePointFact[];
  readonly context: SessionContext;
  /** How the connector's register stood before the session; that of the context where it is not given. */
  readonly before?: RegisterChain;
  /** The connector's next register after the session, whoever stated it. */
  readonly after: RegisterPoint | null;
  /** The session's own power and state of charge over time; null takes them from the facts. */
  readonly curve: readonly CurvePoint[] | null;
  readonly rules: AnomalyRules;
  /** The flags of the bill, where they are more than those of the session (an overlap, a missing tariff). */
  readonly flags?: readonly Flag[];
};

/** The limits that hold for every correction of this session. Pure. */
export const energyBounds = (input: Pick<RepairInput, 'derived' | 'context' | 'before' | 'after' | 'rules'>): EnergyBounds =>
  boundsBy(weighRegisters({ ...input, before: input.before ?? input.context.before }), input);

function boundsBy({ steps, fromBefore, toAfter, unseen }: RegisterEvidence, input: Pick<RepairInput, 'derived' | 'context' | 'after' | 'rules'>): EnergyBounds {
  const { derived, context, rules } = input;
  const startedAt = fromBefore !== null && fromBefore.from.at < derived.startedAt && derived.flags.some(({ cause }) => cause === 'start_never_arrived') ? fromBefore.from.at : derived.startedAt;
  const longestMs = isLengthKnown(derived) ? latestEnd(input) - startedAt : rules.sessionDurationMaxMs;
  const byPowerWh = wattHours(plausibleEnergyMax(longestMs, context.maxPowerW, rules));
  const byRegistersWh = unseen.length > 0 || derived.readings.length + (toAfter ? 1 : 0) < 2 ? null
    : wattHours([...steps, fromBefore, toAfter].reduce((sum, step) => (step === null ? sum : sum + step.to.registerWh - step.from.registerWh), 0n));
  return { upperWh: byPowerWh, byPowerWh, byRegistersWh };
}

/** Power and state of charge as the session's own readings say. */
export const curveOf = (facts: readonly ChargePointFact[]): CurvePoint[] =>
  facts.flatMap((fact) => (fact.kind === 'register_read' && (fact.powerW !== null || fact.socPercent !== null) ? [{ at: believedAt(fact), powerW: fact.powerW, socPercent: fact.socPercent }] : []))
    .sort((a, b) => a.at - b.at);

/** Energy is not what these are about: somebody decides what else follows. */
const NEVER_AUTOMATIC: ReadonlySet<FlagCause> = new Set<FlagCause>([...NEVER_SETTLED_FIRST, 'occupancy_too_long']);
/** By these the first register of a session is no beginning of it. */
export const FALSE_START: ReadonlySet<FlagCause> = new Set<FlagCause>(['meter_register_zero_before_start', 'first_register_below_known']);
const CONFIDENCE: Readonly<Record<Confidence, number>> = { proven: 0, strong: 1, weak: 2 };
/** Of equal confidence the first is proposed. */
const PREFERRED: readonly EnergySource[] = ['registers', 'device_bill', 'platform_count', 'estimate'];

/**
 * What is likely true of a flagged session, with the evidence. Pure; equal for equal input. What no connector can deliver in the time, and what the
 * registers around the session exclude, is refused and said so; an estimate never exceeds rated power × time.
 * The session must be flagged: a clean one has nothing to repair.
 */
export function proposeRepair(input: RepairInput): RepairProposal {
  const flags = input.flags ?? input.derived.flags;
  const primary = primaryFlag(flags);
  assert(primary, 'only a flagged session is repaired');
  const weighed = { ...input, before: input.before ?? input.context.before, curve: input.curve ?? curveOf(input.facts) };
  const registers = weighRegisters(weighed);
  const { offered, refused } = listCandidates(weighed, boundsBy(registers, input), registers);
  const candidates = offered.map((candidate) => (candidate.source === 'platform_count' || candidate.source === 'registers' ? { ...candidate, evidence: [...candidate.evidence, ...refused] } : candidate));
  const chosen = choose(candidates);
  const barred = flags.find(({ cause, effect }) => effect === 'hold' && NEVER_AUTOMATIC.has(cause));
  // A start register that is known to be false makes the device's difference false too: it disputes nothing, unless the device states a figure of its own.
  const startIsFalse = (input.derived.stated?.energyWh ?? null) === null && flags.some(({ cause }) => FALSE_START.has(cause));
  const disputed = startIsFalse ? undefined : candidates.find(({ source, energyWh }) => source === 'device_bill' && chosen !== null && apart(energyWh, chosen.energyWh) > toleranceOf(chosen.energyWh));
  const endSeen = isEndSeen(input);
  const automatic = chosen !== null && chosen.confidence !== 'weak' && barred === undefined && disputed === undefined && endSeen;
  const why: Evidence = chosen === null ? { key: 'no_evidence', data: {} }
    : barred ? { key: 'not_about_energy', data: { cause: barred.cause } }
    : disputed ? { key: 'device_says_otherwise', data: { energyWh: String(disputed.energyWh) } }
    : !endSeen && chosen.confidence !== 'weak' ? { key: 'may_have_gone_on', data: { lastHeardAt: input.derived.endedAt } }
    : { key: chosen.confidence === 'weak' ? 'best_of_weak_evidence' : chosen.confidence === 'proven' ? 'registers_prove_it' : 'evidence_agrees', data: { lowerWh: String(chosen.lowerWh), upperWh: String(chosen.upperWh) } };
  const primaryCause = primary.cause === 'stop_register_below_start' && isResetAtStop(input) ? 'meter_register_reset' : primary.cause;
  return { primaryCause, candidates, chosen: chosen?.source ?? null, automatic, why };
}

/** A stop below the register before it, from which the connector goes on: no false register, but the first of a meter that was reset. One that is out of reach repeats its 0. */
function isResetAtStop({ derived: { readings }, after, context: { maxPowerW }, rules }: RepairInput): boolean {
  const stop = readings.at(-1);
  return after !== null && stop?.role === 'end' && stop.registerWh > rules.registerStepWh && after.at >= stop.at && continues(stop, after, maxPowerW, rules)
    && readings.every(({ counted, registerWh }) => !counted || registerWh > after.registerWh);
}

/** The best supported; among weak ones an estimate that only bridges what lies between known registers, else no more than what registers say. A zero that nothing proves is no proposal. */
function choose(candidates: readonly EnergyCandidate[]): EnergyCandidate | null {
  const ranked = [...candidates].sort((a, b) => CONFIDENCE[a.confidence] - CONFIDENCE[b.confidence] || PREFERRED.indexOf(a.source) - PREFERRED.indexOf(b.source));
  const best = ranked[0];
  if (best === undefined || best.confidence !== 'weak') return best ?? null;
  const bridging = ranked.find(({ source, evidence }) => source === 'estimate' && evidence.every(({ key }) => key !== 'not_seen_at_start' && key !== 'not_seen_at_end'));
  const supported = bridging ?? ranked.find(({ energyWh }) => energyWh > 0n);
  return supported ?? null;
}

const apart = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);

/** What a case is about: first whatever keeps it from being settled at all, then what is wrong with the registers, then why the bill is missing. */
function primaryFlag(flags: readonly Flag[]): Flag | undefined {
  const weight = ({ cause, effect, code }: Flag): number => (effect === 'note' ? 10 : NEVER_SETTLED_FIRST.has(cause) ? 0 : code === 8 || code === 4 ? 1 : code === 1 || code === 2 ? 2 : 3);
  return [...flags].sort((a, b) => weight(a) - weight(b) || (a.cause < b.cause ? -1 : 1))[0];
}
