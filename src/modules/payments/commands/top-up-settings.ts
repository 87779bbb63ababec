import { assert, CURRENCY_DECIMALS, ok, refuse, type Clock, type CurrencyCode, type Instant, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { enabledEnvironments } from '../store/account-identities.ts';
import { onlyOperator, time } from '../store/orders.ts';
import { ORDER_MINOR_MAX } from './open-order.ts';

export const TOP_UP_AMOUNTS_MAX = 12;

export type TopUpSettings = {
  /** 0 when nobody has set any: then the built-in amounts count, and going live is warned of. */
  readonly version: number;
  readonly currency: CurrencyCode;
  /** What payers are offered, ascending. */
  readonly amountsMinor: readonly bigint[];
  /** What a payer may choose otherwise. */
  readonly minimumMinor: bigint; readonly maximumMinor: bigint;
  /** Below this balance a member is reminded to top up. */
  readonly balanceThresholdMinor: bigint;
  readonly changedBy: string | null; readonly recordedAt: Instant | null;
};
export type NewTopUpSettings = Pick<TopUpSettings, 'amountsMinor' | 'minimumMinor' | 'maximumMinor' | 'balanceThresholdMinor'> & { readonly changedBy: string; readonly reason?: string | null };
export type TopUpSettingsRejection = { readonly code: 'top_up_settings_invalid'; readonly problems: readonly TopUpProblem[] };
export const TOP_UP_PROBLEMS = ['no_amounts', 'too_many_amounts', 'amounts_not_ascending', 'amount_outside_bounds', 'bounds_reversed', 'maximum_too_high', 'threshold_negative', 'threshold_above_largest_amount'] as const;
export type TopUpProblem = (typeof TOP_UP_PROBLEMS)[number];

/** In major units: 30, 50, 100, 200, 500 of the currency, for whoever has set nothing. */
const BUILT_IN = [30n, 50n, 100n, 200n, 500n];

/** The settings in force. */
export async function loadTopUpSettings(tx: Tx): Promise<TopUpSettings> {
  const [row] = await tx.query<TopUpSettings>(
    `select version, currency, amounts_minor as "amountsMinor", minimum_minor as "minimumMinor", maximum_minor as "maximumMinor", balance_threshold_minor as "balanceThresholdMinor",
       changed_by as "changedBy", recorded_at as "recordedAt" from payments.top_up_settings where operator_id = $1 order by version desc limit 1`, [onlyOperator(tx)]);
  if (row) return row;
  const { currency } = await loadOperator(tx);
  const unit = 10n ** BigInt(CURRENCY_DECIMALS[currency]);
  return {
    version: 0, currency, amountsMinor: BUILT_IN.map((amount) => amount * unit), minimumMinor: unit, maximumMinor: 1_000n * unit, balanceThresholdMinor: 20n * unit, changedBy: null, recordedAt: null,
  };
}

/**
 * Everything that is wrong with settings, all at once: what is offered must be payable, in order, and the threshold must be reachable by one top-up, or members
 * would be reminded for ever (C-22).
 */
export function checkTopUpSettings({ amountsMinor, minimumMinor, maximumMinor, balanceThresholdMinor }: Omit<NewTopUpSettings, 'changedBy' | 'reason'>): TopUpProblem[] {
  const problems: TopUpProblem[] = [];
  const largest = amountsMinor.at(-1);
  if (largest === undefined) problems.push('no_amounts');
  if (amountsMinor.length > TOP_UP_AMOUNTS_MAX) problems.push('too_many_amounts');
  if (amountsMinor.some((amount, index) => index > 0 && amount <= amountsMinor[index - 1]!)) problems.push('amounts_not_ascending');
  if (amountsMinor.some((amount) => amount < minimumMinor || amount > maximumMinor)) problems.push('amount_outside_bounds');
  if (minimumMinor <= 0n || minimumMinor > maximumMinor) problems.push('bounds_reversed');
  if (maximumMinor > ORDER_MINOR_MAX) problems.push('maximum_too_high');
  if (balanceThresholdMinor < 0n) problems.push('threshold_negative');
  if (largest !== undefined && balanceThresholdMinor > largest) problems.push('threshold_above_largest_amount');
  return problems;
}

/** Sets them anew, as the next version. */
export async function changeTopUpSettings(tx: Tx, settings: NewTopUpSettings, { clock }: { readonly clock: Clock }): Promise<Result<TopUpSettings, TopUpSettingsRejection>> {
  assert(settings.changedBy !== '', 'somebody changes settings');
  const problems = checkTopUpSettings(settings);
  if (problems.length > 0) return refuse({ code: 'top_up_settings_invalid', problems });
  const { currency } = await loadOperator(tx);
  // Two changes at once take turns: both were somebody's will, and the later one counts.
  await tx.execute(`select pg_advisory_xact_lock(hashtextextended('payments.top_up_settings/' || $1, 0))`, [onlyOperator(tx)]);
  await tx.execute(
    `insert into payments.top_up_settings (operator_id, version, currency, amounts_minor, minimum_minor, maximum_minor, balance_threshold_minor, changed_by, reason, recorded_at)
     select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9 from payments.top_up_settings where operator_id = $1`,
    [onlyOperator(tx), currency, settings.amountsMinor, settings.minimumMinor, settings.maximumMinor, settings.balanceThresholdMinor, settings.changedBy, settings.reason?.trim() || null, time(clock.now())]);
  return ok(await loadTopUpSettings(tx));
}

/** Whether a payer may top up by this much. */
export const topUpAllowed = (settings: TopUpSettings, amountMinor: bigint): boolean =>
  settings.amountsMinor.includes(amountMinor) || (amountMinor >= settings.minimumMinor && amountMinor <= settings.maximumMinor);

export type TopUpWarning = TopUpProblem | 'never_set' | 'no_live_account';

/** What must be put right before an operator goes live, or should have been: nothing set, no live account, or settings of an older version that today's checks refuse. */
export async function topUpWarnings(tx: Tx): Promise<TopUpWarning[]> {
  const settings = await loadTopUpSettings(tx);
  const live = (await enabledEnvironments(tx)).includes('L');
  return [...(settings.version === 0 ? ['never_set' as const] : []), ...(live ? [] : ['no_live_account' as const]), ...checkTopUpSettings(settings)];
}
