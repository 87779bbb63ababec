/** What is counted, and for whom a fault of a session speaks. */

/** Faults that a session's bill shows. */
export const SESSION_FAULTS = ['lostBills', 'orphans', 'registers', 'clock', 'duplicates', 'missingEvents'] as const;
export type SessionFault = (typeof SESSION_FAULTS)[number];
/** Faults that a frame shows. */
export const FRAME_FAULTS = ['malformed', 'schemaBreaks', 'unknownActions', 'unprocessable', 'outOfOrder', 'repeated', 'wrongAnswers', 'noAnswers', 'stopsNotFollowed'] as const;
export type FrameFault = (typeof FRAME_FAULTS)[number];
export const FAULTS = [...SESSION_FAULTS, ...FRAME_FAULTS] as const;
export type Fault = (typeof FAULTS)[number];

export const AMOUNTS = ['sessions', 'abnormalSessions', ...SESSION_FAULTS, 'energyWh', 'unexplainedWh', 'frames', 'calls', ...FRAME_FAULTS, 'commands', 'stops', 'boots', 'reconnects'] as const;
export type Amount = (typeof AMOUNTS)[number];
export type Counts = Readonly<Record<Amount, bigint>>;
export const NO_COUNTS: Counts = Object.freeze(Object.fromEntries(AMOUNTS.map((amount) => [amount, 0n])) as Record<Amount, bigint>);

export const addCounts = (a: Counts, b: Partial<Counts>): Counts => Object.fromEntries(AMOUNTS.map((amount) => [amount, a[amount] + (b[amount] ?? 0n)])) as Record<Amount, bigint>;
export const subtractCounts = (a: Counts, b: Counts): Counts => Object.fromEntries(AMOUNTS.map((amount) => [amount, a[amount] - b[amount]])) as Record<Amount, bigint>;

/**
 * Causes of abnormal bills that the charge point answers for. What is missing here has another possible author: the network (silent, offline gaps), the
 * driver (long occupancy), the operator (tariffs, authorisation), or is no fault at all (an honest zero).
 */
const FAULT_OF_CAUSE: Readonly<Record<string, SessionFault>> = {
  stop_never_arrived: 'lostBills', bill_never_arrived: 'lostBills', no_register_evidence: 'lostBills',
  start_never_arrived: 'orphans',
  register_jump_implausible: 'registers', stop_register_below_start: 'registers', meter_register_zero_before_start: 'registers', first_register_below_known: 'registers', meter_register_reset: 'registers',
  meter_register_dip: 'registers', start_contradicted: 'registers', stop_contradicted: 'registers', stated_energy_differs: 'registers', first_register_missing: 'registers', final_register_missing: 'registers',
  clock_not_set: 'clock', time_in_future: 'clock', time_unreadable: 'clock', clock_skew: 'clock', day_month_swapped: 'clock', end_before_start: 'clock', stated_duration_differs: 'clock',
  duplicate_start: 'duplicates', start_repeated_after_boot_or_stop: 'duplicates', overlaps_another_session: 'duplicates',
  events_missing: 'missingEvents',
};

/** Each fault once a session, however many causes show it. A bill that was lost has registers missing too: that is the same fault, not another. */
export function faultsOfCauses(causes: readonly string[]): SessionFault[] {
  const found = new Set(causes.flatMap((cause) => FAULT_OF_CAUSE[cause] ?? []));
  if (found.has('lostBills') || found.has('orphans')) {
    const others = causes.filter((cause) => cause !== 'final_register_missing' && cause !== 'first_register_missing');
    if (!others.some((cause) => FAULT_OF_CAUSE[cause] === 'registers')) found.delete('registers');
  }
  return SESSION_FAULTS.filter((fault) => found.has(fault));
}

export const causesOfFault = (fault: SessionFault): readonly string[] => Object.keys(FAULT_OF_CAUSE).filter((cause) => FAULT_OF_CAUSE[cause] === fault);
export const isSessionFault = (fault: string): fault is SessionFault => (SESSION_FAULTS as readonly string[]).includes(fault);

/** What one session adds to the counts. */
export const sessionCounts = (of: { readonly kinds: readonly SessionFault[]; readonly energyWh: bigint; readonly unexplainedWh: bigint }): Counts => addCounts(NO_COUNTS, {
  sessions: 1n, abnormalSessions: of.kinds.length > 0 ? 1n : 0n, energyWh: of.energyWh, unexplainedWh: of.unexplainedWh, ...Object.fromEntries(of.kinds.map((kind) => [kind, 1n])),
});
