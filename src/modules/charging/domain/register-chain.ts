import { MS_PER_HOUR, type Instant } from '../../../kernel/index.ts';
import { DEFAULT_RULES, type AnomalyRules } from './anomaly-rules.ts';

/**
 * Following one meter's total register through resets, dips and garbage.
 *
 * Energy is the sum of the steps of a chain of readings that never fall and never rise faster than the connector can deliver. A reading
 * that does not continue the chain is set aside; it becomes the new chain when a later reading continues *it* and not the old one
 * (a reset, or a register that said 0 before it knew its value), and is forgotten when the old chain goes on (a dip).
 * What was drawn between the two chains is unknown and counts as nothing: it is listed, never guessed.
 */
export type RegisterPoint = { readonly at: Instant; readonly registerWh: bigint };
export type RegisterReading = RegisterPoint & {
  /** The register that a session states at its start. */
  readonly anchor: boolean;
};
export type RegisterChain = {
  readonly main: RegisterPoint | null;
  readonly aside: RegisterReading | null;
  /** How many starts in a row were seen to begin at nothing again, up to `RESTARTS_FOR_HABIT`; a start that goes on from somewhere ends the row. */
  readonly restarts: number;
};
export type RegisterBreak = {
  readonly kind: 'reset' | 'jump' | 'dip'; readonly from: RegisterPoint; readonly to: RegisterPoint;
  /** Of a dip: what came after continues the reading that was set aside as well, so that it may have been a reset and nothing here says which. */
  readonly eitherWay?: true;
};
export type RegisterStep = { readonly chain: RegisterChain; readonly drawn: { readonly from: RegisterPoint; readonly to: RegisterPoint } | null; readonly broken: RegisterBreak | null };

export const EMPTY_CHAIN: RegisterChain = { main: null, aside: null, restarts: 0 };

/** What a register may do; sessions are judged by the operator's rules, connectors' meters by the program's own. */
export type RegisterBound = Pick<AnomalyRules, 'plausiblePowerPercent' | 'clockToleranceMs' | 'registerStepWh'>;
/** Registers of cheap meters move in steps of 0.1 kWh. */
export const REGISTER_STEP_WH = DEFAULT_RULES.registerStepWh;
/** A meter whose sessions were seen this often to begin at nothing counts per session, as some makers' do; once may have been a new meter. */
export const RESTARTS_FOR_HABIT = 2;
export const countsPerSession = (chain: RegisterChain): boolean => chain.restarts >= RESTARTS_FOR_HABIT;

const PERCENT_OF_HOUR = 100n * BigInt(MS_PER_HOUR);
/** The most that can have been drawn in this time: 1.5 × rated power, plus a meter's step. Generous, because nothing above it is ever charged unseen. */
export const plausibleEnergyMax = (durationMs: number, maxPowerW: bigint, bound: RegisterBound = DEFAULT_RULES): bigint =>
  (maxPowerW * BigInt(Math.max(0, Math.trunc(durationMs)) + bound.clockToleranceMs) * BigInt(bound.plausiblePowerPercent)) / PERCENT_OF_HOUR + bound.registerStepWh;

/** One step of the register is plausible at any power and in any time. */
export function continues(from: RegisterPoint, to: RegisterPoint, maxPowerW: bigint, bound: RegisterBound = DEFAULT_RULES): boolean {
  const risenWh = to.registerWh - from.registerWh;
  return risenWh >= 0n && (risenWh <= bound.registerStepWh || risenWh <= plausibleEnergyMax(to.at - from.at, maxPowerW, bound));
}

/**
 * Takes the next reading in time order. Pure; the chain is all the memory there is.
 *
 * A reading that the old chain explains is one more of it, even if the reading set aside before it would explain it too: a start that said
 * 0 before the meter answered looks like a new meter whenever the true register is small. Only where meters count per session is it the other way.
 */
export function followRegister(chain: RegisterChain, reading: RegisterReading, maxPowerW: bigint, bound: RegisterBound = DEFAULT_RULES): RegisterStep {
  const { main, aside } = chain;
  const point: RegisterPoint = { at: reading.at, registerWh: reading.registerWh };
  const restarts = restartsAfter(chain, reading);
  if (main === null) return { chain: { main: point, aside: null, restarts }, drawn: null, broken: null };
  // Without progress there is no evidence for the new chain: a meter that lost contact repeats its 0.
  const anew = aside !== null && point.registerWh > aside.registerWh && continues(aside, point, maxPowerW, bound) ? aside : null;
  const restarted = anew !== null && anew.anchor && anew.registerWh <= REGISTER_STEP_WH && main.registerWh > REGISTER_STEP_WH;
  if (continues(main, point, maxPowerW, bound) && !(restarted && countsPerSession(chain))) {
    return { chain: { main: point, aside: null, restarts }, drawn: { from: main, to: point }, broken: aside ? { kind: 'dip', from: main, to: aside, ...(anew === null ? {} : { eitherWay: true }) } : null };
  }
  if (anew !== null) {
    // A nothing from which the register jumped was no beginning, and no sign of a meter that counts per session.
    const falseBeginning = main.registerWh <= REGISTER_STEP_WH && anew.registerWh > main.registerWh;
    const chained = { main: point, aside: null, restarts: falseBeginning ? 0 : restarted ? Math.min(chain.restarts + 1, RESTARTS_FOR_HABIT) : restarts };
    return { chain: chained, drawn: { from: anew, to: point }, broken: breakOf(main, anew) };
  }
  // A start may round its register down; the stop before it did not.
  if (reading.anchor && point.registerWh < main.registerWh && main.registerWh - point.registerWh <= bound.registerStepWh) {
    return { chain: { main: point, aside: null, restarts }, drawn: null, broken: null };
  }
  const anchor = reading.anchor || (aside !== null && aside.anchor && aside.registerWh === point.registerWh);
  const jumped = main.registerWh <= REGISTER_STEP_WH && point.registerWh > main.registerWh;
  return { chain: { main, aside: { ...point, anchor }, restarts: jumped ? 0 : chain.restarts }, drawn: null, broken: null };
}

/** A start somewhere above nothing is no restart; one at nothing where nothing else was ever shown is the habit until a start says otherwise. */
function restartsAfter({ main, restarts }: RegisterChain, reading: RegisterReading): number {
  if (!reading.anchor) return restarts;
  if (reading.registerWh > REGISTER_STEP_WH) return 0;
  return main === null || main.registerWh <= REGISTER_STEP_WH ? RESTARTS_FOR_HABIT : restarts;
}

/** A reading that was set aside at the end of the data: nothing came after it that could tell what it was. */
export const openBreak = (chain: RegisterChain): RegisterBreak | null =>
  chain.main && chain.aside ? breakOf(chain.main, chain.aside) : null;

const breakOf = (from: RegisterPoint, to: RegisterPoint): RegisterBreak => ({ kind: to.registerWh < from.registerWh ? 'reset' : 'jump', from, to });

/** Time order; at one instant the anchor first, then the smaller register. */
export const compareReadings = (a: RegisterReading, b: RegisterReading): number =>
  a.at - b.at || Number(b.anchor) - Number(a.anchor) || (a.registerWh < b.registerWh ? -1 : a.registerWh > b.registerWh ? 1 : 0);

export const isSamePoint = (a: RegisterPoint, b: RegisterPoint): boolean => a.at === b.at && a.registerWh === b.registerWh;
