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
