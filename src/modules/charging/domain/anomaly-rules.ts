import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, ok, refuse, type Result } from '../../../kernel/index.ts';

/**
 * The thresholds by which a session is told to be abnormal, as one operator has set them. Durations in ms, energy in Wh, percentages whole.
 * They decide about sessions and their bills; the registers of connectors (`meter.ts`) are followed by the program's own bound, so that
 * metered energy never moves because somebody has changed a rule.
 */
export type AnomalyRules = {
  /** The most that can have been drawn: this percentage of rated power × (time + `clockToleranceMs`) + one register step. */
  readonly plausiblePowerPercent: number;
  /** Clocks of charge points jump by a minute or two when they are set. */
  readonly clockToleranceMs: number;
  /** Registers of cheap meters move in steps of this. */
  readonly registerStepWh: bigint;
  readonly sessionDurationMaxMs: number;
  readonly occupancyDurationMaxMs: number;
  /** Two sessions of a connector may touch by this much. */
  readonly overlapToleranceMs: number;
  /** A first or last reading stands for the register of the start or end while no more than this can have been drawn between them. */
  readonly edgeWhMax: bigint;
  /** Readings are stamped by the meter, starts and stops by the station; they may disagree by this much. */
  readonly stampToleranceMs: number;
  /** A stamp may lie this far after the moment it was recorded before it cannot be one. */
  readonly futureToleranceMs: number;
  /** A clock that is off by at least this much, steadily, is wrong (`clock_skew`). */
  readonly clockSkewMinMs: number;
  /** Steady is: the distance between stamp and record time varies by no more than this. */
  readonly clockSkewSpreadMs: number;
  /** Longer than this without a reading while energy was drawn is a gap (`offline_gap`). */
  readonly readingGapMinMs: number;
  /** A start that came again within this time from the same card at the same register, with nothing drawn between, is the same one. */
  readonly duplicateStartMs: number;
  /** What the source states as energy may differ from the platform's count by the greater of these two. */
  readonly statedEnergyToleranceWh: bigint;
  readonly statedEnergyTolerancePercent: number;
  readonly statedDurationToleranceMs: number;
};

export const DEFAULT_RULES: AnomalyRules = {
  plausiblePowerPercent: 150, clockToleranceMs: 2 * MS_PER_MINUTE, registerStepWh: 100n,
  sessionDurationMaxMs: 2 * MS_PER_DAY, occupancyDurationMaxMs: MS_PER_DAY, overlapToleranceMs: MS_PER_MINUTE,
  edgeWhMax: 100n, stampToleranceMs: MS_PER_MINUTE, futureToleranceMs: MS_PER_DAY, clockSkewMinMs: 10 * MS_PER_MINUTE, clockSkewSpreadMs: 2 * MS_PER_MINUTE,
  readingGapMinMs: MS_PER_HOUR, duplicateStartMs: 10 * MS_PER_MINUTE,
  statedEnergyToleranceWh: 200n, statedEnergyTolerancePercent: 1, statedDurationToleranceMs: 2 * MS_PER_MINUTE,
};
/** The version that bills carry where an operator has changed nothing. */
export const DEFAULT_RULES_VERSION = 0;

/** Rules in force for an operator: `version` goes onto every bill that was made by them. */
export type RuleSet = { readonly version: number; readonly rules: AnomalyRules };
export const DEFAULT_RULE_SET: RuleSet = { version: DEFAULT_RULES_VERSION, rules: DEFAULT_RULES };

export type RuleName = keyof AnomalyRules;
type Limit = { readonly unit: 'ms' | 'Wh' | 'percent'; readonly min: number; readonly max: number };
/** What an operator may set; beyond these a rule would find nothing or everything. */
export const RULE_LIMITS: Readonly<Record<RuleName, Limit>> = {
  plausiblePowerPercent: { unit: 'percent', min: 100, max: 500 },
  clockToleranceMs: { unit: 'ms', min: 0, max: MS_PER_HOUR },
  registerStepWh: { unit: 'Wh', min: 1, max: 10_000 },
  sessionDurationMaxMs: { unit: 'ms', min: MS_PER_HOUR, max: 3 * MS_PER_DAY },
  occupancyDurationMaxMs: { unit: 'ms', min: 10 * MS_PER_MINUTE, max: 30 * MS_PER_DAY },
  overlapToleranceMs: { unit: 'ms', min: 0, max: MS_PER_HOUR },
  edgeWhMax: { unit: 'Wh', min: 0, max: 10_000 },
  stampToleranceMs: { unit: 'ms', min: 0, max: MS_PER_HOUR },
  futureToleranceMs: { unit: 'ms', min: MS_PER_MINUTE, max: 7 * MS_PER_DAY },
  clockSkewMinMs: { unit: 'ms', min: 5 * MS_PER_MINUTE, max: MS_PER_DAY },
  clockSkewSpreadMs: { unit: 'ms', min: 1_000, max: 30 * MS_PER_MINUTE },
  readingGapMinMs: { unit: 'ms', min: 10 * MS_PER_MINUTE, max: MS_PER_DAY },
  duplicateStartMs: { unit: 'ms', min: 0, max: MS_PER_HOUR },
  statedEnergyToleranceWh: { unit: 'Wh', min: 0, max: 10_000 },
  statedEnergyTolerancePercent: { unit: 'percent', min: 0, max: 50 },
  statedDurationToleranceMs: { unit: 'ms', min: 0, max: MS_PER_DAY },
};
export const RULE_NAMES = Object.keys(RULE_LIMITS) as readonly RuleName[];

/** Rules as they are stored and sent: energy as decimal strings, the rest as whole numbers. */
export type StoredRules = Readonly<Record<RuleName, string | number>>;
export type RulesRejection =
  | { readonly code: 'unknown_rule'; readonly rule: string }
  | { readonly code: 'rule_not_whole'; readonly rule: RuleName }
  | { readonly code: 'rule_out_of_limits'; readonly rule: RuleName; readonly min: number; readonly max: number };

/**
 * Reads rules from JSON. What is left out keeps the value in `base`, so that a set stored before a rule existed stays readable.
 * Refuses names it does not know, values that are no whole number, and values beyond `RULE_LIMITS`.
 */
export function parseRules(value: unknown, base: AnomalyRules = DEFAULT_RULES): Result<AnomalyRules, RulesRejection> {
  const given = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const rules: Record<string, number | bigint> = { ...base };
  for (const [name, raw] of given) {
    if (!Object.hasOwn(RULE_LIMITS, name)) return refuse({ code: 'unknown_rule', rule: name });
    const rule = name as RuleName;
    const { unit, min, max } = RULE_LIMITS[rule];
    const number = typeof raw === 'number' ? raw : typeof raw === 'string' && /^-?\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
    if (!Number.isSafeInteger(number)) return refuse({ code: 'rule_not_whole', rule });
    if (number < min || number > max) return refuse({ code: 'rule_out_of_limits', rule, min, max });
    rules[rule] = unit === 'Wh' ? BigInt(number) : number;
  }
  return ok(rules as unknown as AnomalyRules);
}

export const storedRules = (rules: AnomalyRules): StoredRules =>
  Object.fromEntries(RULE_NAMES.map((name) => [name, typeof rules[name] === 'bigint' ? String(rules[name]) : rules[name]])) as StoredRules;

/** Which rules differ, for the audit log and for people. */
export const changedRules = (before: AnomalyRules, after: AnomalyRules): readonly RuleName[] => RULE_NAMES.filter((name) => before[name] !== after[name]);
