import type { BookedSession } from './replay-outcome.ts';
import type { LivedSession } from './simulate-stations.ts';

export type Verdict = {
  readonly session: string;
  readonly faults: readonly string[];
  /**
   * `exact`: billed the true energy. `flagged`: a person has to look, nothing is charged. `wrong`: another energy was charged.
   * `lost`: messages were answered and no session or orphan is in the books. `never_sent`: the faults left nothing to send.
   */
  readonly verdict: 'exact' | 'flagged' | 'wrong' | 'lost' | 'never_sent';
  /** Flagged although everything that a right bill needs was sent. Not wrong, but work for somebody. */
  readonly needless: boolean;
  readonly trueWh: number;
  readonly billedWh: bigint;
  readonly causes: readonly string[];
};
export type Comparison = {
  readonly verdicts: readonly Verdict[];
  /** Sessions in the books that nobody lived: harmless while they charge nothing. */
  readonly unexplained: readonly BookedSession[];
  readonly unexplainedCharged: readonly BookedSession[];
};

/** Holds what the platform billed against what was true. Pure. */
export function compareWithTruth(truths: readonly LivedSession[], booked: readonly BookedSession[]): Comparison {
  const byRef = new Map(booked.map((session) => [`${session.identity}/${session.transactionRef}`, session]));
  const claimed = new Set<BookedSession>();
  const verdicts = truths.map((truth) => {
    const session = byRef.get(`${truth.station}/${truth.transactionRef ?? 'v16:-1'}`);
    if (session && truth.transactionRef !== null) claimed.add(session);
    return judge(truth, session, booked);
  });
  const unexplained = booked.filter((session) => !claimed.has(session));
  return { verdicts, unexplained, unexplainedCharged: unexplained.filter((session) => session.billState === 'settled' && session.billedWh > 0n) };
}

function judge(truth: LivedSession, session: BookedSession | undefined, booked: readonly BookedSession[]): Verdict {
  const { faults, trueEnergyWh: trueWh } = truth;
  const verdict = { session: truth.session, faults, needless: false, trueWh, billedWh: session?.billedWh ?? 0n, causes: session?.flagCauses ?? [] };
  if (truth.sent === 0) return { ...verdict, verdict: 'never_sent' };
  if (truth.transactionRef === null) {
    // The start never arrived, so no number was ever given: what is left is parked among the station's orphans.
    const parked = booked.some((each) => each.identity === truth.station && each.billState !== 'settled');
    return { ...verdict, billedWh: 0n, verdict: parked ? 'flagged' : 'lost' };
  }
  if (!session || session.state === 'active' || session.billState === null) return { ...verdict, verdict: 'lost' };
  if (session.billState === 'held') return { ...verdict, verdict: 'flagged', needless: truth.expected === 'billed' };
  return { ...verdict, verdict: session.billedWh === BigInt(trueWh) ? 'exact' : 'wrong' };
}

export type FaultRow = { readonly fault: string; readonly sessions: number; readonly exact: number; readonly flagged: number; readonly needless: number; readonly wrong: number; readonly lost: number };

/** Verdicts by fault; a session with two faults counts under both, one without under "none". */
export function countByFault(verdicts: readonly Verdict[]): FaultRow[] {
  const rows = new Map<string, { -readonly [K in keyof FaultRow]: FaultRow[K] }>();
  for (const verdict of verdicts) {
    for (const fault of verdict.faults.length > 0 ? verdict.faults : ['none']) {
      const row = rows.get(fault) ?? { fault, sessions: 0, exact: 0, flagged: 0, needless: 0, wrong: 0, lost: 0 };
      row.sessions++;
      if (verdict.verdict !== 'never_sent') row[verdict.verdict]++;
      if (verdict.needless) row.needless++;
      rows.set(fault, row);
    }
  }
  return [...rows.values()].sort((a, b) => (a.fault === 'none' ? -1 : b.fault === 'none' ? 1 : a.fault < b.fault ? -1 : 1));
}

/** What would be done about a held bill without asking anybody. */
export type Repair = { readonly automatic: boolean; readonly energyWh: bigint | null; /** What its case is about. */ readonly primaryCause?: string };
export type CauseRow = { readonly fault: string; readonly sessions: number; readonly named: number; readonly settled: number; readonly repaired: number; readonly person: number; readonly wrong: number };

/**
 * By planted fault that has a cause: how many were named right, settled exactly, repaired automatically, left to a person, and wrong: billed with another energy, or repaired further
 * from the truth than a hundredth or 0.1 kWh. A start that was sent twice is named at the session that it was first. Pure.
 * @param repairs of held bills, by `identity/transactionRef`.
 */
export function countByCause(truths: readonly LivedSession[], booked: readonly BookedSession[], repairs: ReadonlyMap<string, Repair>): CauseRow[] {
  const byRef = new Map(booked.map((session) => [`${session.identity}/${session.transactionRef}`, session]));
  const doubled = Map.groupBy(booked.filter(({ flagCauses }) => flagCauses.includes('duplicate_start')), ({ identity }) => identity);
  const rows = new Map<string, { -readonly [K in keyof CauseRow]: CauseRow[K] }>();
  for (const truth of truths) {
    const key = `${truth.station}/${truth.transactionRef ?? 'v16:-1'}`;
    const [session, repair] = [byRef.get(key), repairs.get(key)];
    if (!session || truth.sent === 0) continue;
    for (const [fault, causes] of Object.entries(truth.causes ?? {})) {
      const row = rows.get(fault) ?? { fault, sessions: 0, named: 0, settled: 0, repaired: 0, person: 0, wrong: 0 };
      rows.set(fault, row);
      row.sessions++;
      if (causes.some((cause) => session.flagCauses.includes(cause) || repair?.primaryCause === cause) || (causes.includes('duplicate_start') && doubled.get(truth.station)?.pop())) row.named++;
      if (session.billState === 'settled') row[session.billedWh === BigInt(truth.trueEnergyWh) ? 'settled' : 'wrong']++;
      else if (repair?.automatic !== true || repair.energyWh === null) row.person++;
      else row[isNear(repair.energyWh, BigInt(truth.trueEnergyWh)) ? 'repaired' : 'wrong']++;
    }
  }
  return [...rows.values()].sort((a, b) => (a.fault < b.fault ? -1 : 1));
}

export type WrongRepair = { readonly session: string; readonly faults: readonly string[]; readonly trueWh: number; readonly energyWh: bigint };
/** Held bills, of whatever fault, that would be repaired without a person and further from the truth than a hundredth or 0.1 kWh; a session that nobody lived is nothing. Pure. */
export function wrongRepairs(truths: readonly LivedSession[], booked: readonly BookedSession[], repairs: ReadonlyMap<string, Repair>): WrongRepair[] {
  const lived = new Map(truths.map((truth) => [`${truth.station}/${truth.transactionRef}`, truth]));
  return booked.flatMap(({ identity, transactionRef, billState }): WrongRepair[] => {
    const key = `${identity}/${transactionRef}`;
    const [repair, truth] = [repairs.get(key), lived.get(key)];
    if (billState !== 'held' || repair?.automatic !== true || repair.energyWh === null || isNear(repair.energyWh, BigInt(truth?.trueEnergyWh ?? 0))) return [];
    return [{ session: truth?.session ?? key, faults: truth?.faults ?? [], trueWh: truth?.trueEnergyWh ?? 0, energyWh: repair.energyWh }];
  });
}

const NEAR_WH = 100n;
const isNear = (energyWh: bigint, truth: bigint): boolean => {
  const off = energyWh > truth ? energyWh - truth : truth - energyWh;
  return off <= NEAR_WH || off * 100n <= truth;
};
