/**
 * What is odd about a session, and why. `code` is the field's own table of abnormal bills (10 is not used; null where that table has
 * no word for it), `cause` is ours and never reused, `data` carries the evidence as text and numbers ready for JSON.
 * `hold` keeps the bill from being charged until somebody has looked; `note` explains and charges.
 * The table with what to do about each is docs/reference/abnormal-bills.md.
 */
export const FLAG_CAUSES = {
  stop_never_arrived: { code: 1, effect: 'hold' },
  stop_never_arrived_silent: { code: 2, effect: 'hold' },
  bill_never_arrived: { code: 1, effect: 'hold' },
  duplicate_start: { code: 1, effect: 'note' },
  start_never_arrived: { code: 1, effect: 'hold' },
  clock_not_set: { code: 3, effect: 'hold' },
  time_in_future: { code: 3, effect: 'hold' },
  time_unreadable: { code: 3, effect: 'hold' },
  clock_skew: { code: 3, effect: 'hold' },
  day_month_swapped: { code: 3, effect: 'hold' },
  end_before_start: { code: 3, effect: 'hold' },
  start_repeated_after_boot_or_stop: { code: 3, effect: 'hold' },
  register_jump_implausible: { code: 4, effect: 'hold' },
  stop_register_below_start: { code: 4, effect: 'hold' },
  charged_without_authorisation: { code: 4, effect: 'hold' },
  session_too_long: { code: 5, effect: 'hold' },
  occupancy_too_long: { code: 6, effect: 'hold' },
  idle_after_full: { code: 6, effect: 'hold' },
  overlaps_another_session: { code: 7, effect: 'hold' },
  meter_register_zero_before_start: { code: 8, effect: 'hold' },
  first_register_below_known: { code: 8, effect: 'hold' },
  meter_register_reset: { code: 8, effect: 'hold' },
  meter_register_dip: { code: 8, effect: 'note' },
  start_contradicted: { code: 8, effect: 'hold' },
  stop_contradicted: { code: 8, effect: 'hold' },
  stated_energy_differs: { code: 8, effect: 'hold' },
  stated_duration_differs: { code: 9, effect: 'hold' },
  no_register_evidence: { code: 11, effect: 'hold' },
  first_register_missing: { code: 11, effect: 'hold' },
  final_register_missing: { code: 11, effect: 'hold' },
  events_missing: { code: 11, effect: 'note' },
  offline_gap: { code: 11, effect: 'note' },
  no_energy_drawn: { code: 11, effect: 'note' },
  tariff_missing: { code: null, effect: 'hold' },
  rating_refused: { code: null, effect: 'hold' },
  connector_unknown: { code: null, effect: 'hold' },
  correction_contradicted: { code: null, effect: 'hold' },
} as const satisfies Record<string, { code: FlagCode | null; effect: FlagEffect }>;

export type FlagCode = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 11;
export type FlagEffect = 'note' | 'hold';
export type FlagCause = keyof typeof FLAG_CAUSES;
export type FlagData = Readonly<Record<string, string | number | null | readonly number[]>>;
export type Flag = { readonly code: FlagCode | null; readonly cause: FlagCause; readonly effect: FlagEffect; readonly data: FlagData };

export const flag = (cause: FlagCause, data: FlagData = {}): Flag => ({ ...FLAG_CAUSES[cause], cause, data });

export const isHeld = (flags: readonly Flag[]): boolean => flags.some((each) => each.effect === 'hold');

/** One order for the same set of flags, so that equal sessions are equal as text. */
export const sortFlags = (flags: readonly Flag[]): Flag[] =>
  flags.map((each) => [`${String(each.code ?? 99).padStart(2, '0')} ${each.cause} ${JSON.stringify(each.data)}`, each] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, each]) => each);

/** Causes that leave it open when a session was: such a time is no evidence against another session's. */
export const TIME_IN_DOUBT = ['clock_not_set', 'time_in_future', 'time_unreadable', 'clock_skew', 'day_month_swapped', 'end_before_start'] as const satisfies readonly FlagCause[];
export const isTimeInDoubt = (flags: readonly Flag[]): boolean => flags.some(({ cause }) => (TIME_IN_DOUBT as readonly FlagCause[]).includes(cause));

/** Causes that say how a session came to be closed without its end. */
const CLOSED_BY_EVIDENCE = ['stop_never_arrived', 'stop_never_arrived_silent', 'bill_never_arrived', 'duplicate_start'] as const satisfies readonly FlagCause[];
export const isClosedByEvidence = (causes: readonly FlagCause[]): boolean => causes.some((cause) => (CLOSED_BY_EVIDENCE as readonly FlagCause[]).includes(cause));

/**
 * Causes that no policy settles before review: who pays, when, or at what price is itself in doubt, not only how much.
 */
export const NEVER_SETTLED_FIRST: ReadonlySet<FlagCause> = new Set<FlagCause>([
  'charged_without_authorisation', 'tariff_missing', 'rating_refused', 'connector_unknown', 'overlaps_another_session', 'clock_not_set', 'time_in_future', 'time_unreadable',
  'clock_skew', 'day_month_swapped', 'correction_contradicted', 'end_before_start', 'start_repeated_after_boot_or_stop', 'start_never_arrived', 'start_contradicted', 'session_too_long',
]);
