import { assert, ok, refuse, type Clock, type CurrencyCode, type Instant, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { TOP_UP_CHANNELS, type TopUpChannel } from '../../wallets/index.ts';
import { onlyOperator, time } from '../store/orders.ts';

export const CASHBACK_TIERS_MAX = 20;
export type CashbackTier = { readonly topUpMinor: bigint; readonly cashbackMinor: bigint };
export type CashbackRules = {
  /** 0 while nobody has set any: nothing is given then. */
  readonly version: number; readonly currency: CurrencyCode; readonly tiers: readonly CashbackTier[]; readonly from: Instant; readonly to: Instant | null; readonly recordedAt: Instant | null;
  /** For top-ups by which of these it is given. */
  readonly channels: readonly TopUpChannel[];
};
export const CASHBACK_PROBLEMS = ['too_many_tiers', 'tiers_not_ascending', 'amount_not_positive', 'cashback_above_top_up', 'span_reversed', 'no_channel'] as const;
export type CashbackRejection = { readonly code: 'cashback_rules_invalid'; readonly problems: readonly (typeof CASHBACK_PROBLEMS)[number][] } | { readonly code: 'cashback_rules_changed_meanwhile'; readonly version: number };

type Row = Omit<CashbackRules, 'tiers'> & { readonly topUps: readonly bigint[]; readonly cashbacks: readonly bigint[] };
const COLUMNS = `version, currency, top_up_minor as "topUps", cashback_minor as "cashbacks", from_at as "from", to_at as "to", recorded_at as "recordedAt", channels`;
const ofRow = ({ topUps, cashbacks, ...rules }: Row): CashbackRules => ({ ...rules, tiers: topUps.map((topUpMinor, index) => ({ topUpMinor, cashbackMinor: cashbacks[index]! })) });

/** Every version, newest first: there are few, and an order is given what stood when it was opened. */
export async function loadCashbackRules(tx: Tx): Promise<CashbackRules[]> {
  return (await tx.query<Row>({ name: 'payments_cashback_rules', text: `select ${COLUMNS} from payments.cashback_rules where operator_id = $1 order by version desc limit 200` }, [onlyOperator(tx)])).map(ofRow);
}

export async function currentCashbackRules(tx: Tx): Promise<CashbackRules> {
  const [newest] = await loadCashbackRules(tx);
  return newest ?? { version: 0, currency: (await loadOperator(tx)).currency, tiers: [], from: 0 as Instant, to: null, recordedAt: null, channels: TOP_UP_CHANNELS };
}

/** What a top-up is given by the version that stood when its order was opened. Pure. */
export function cashbackFor(order: { readonly amountMinor: bigint; readonly createdAt: Instant; readonly channel: TopUpChannel }, versions: readonly CashbackRules[]): { readonly version: number; readonly cashbackMinor: bigint } | null {
  const rules = versions.find(({ recordedAt }) => recordedAt !== null && recordedAt <= order.createdAt);
  if (rules === undefined || order.createdAt < rules.from || (rules.to !== null && order.createdAt >= rules.to) || !rules.channels.includes(order.channel)) return null;
  const tier = rules.tiers.findLast(({ topUpMinor }) => topUpMinor <= order.amountMinor);
  return tier === undefined ? null : { version: rules.version, cashbackMinor: tier.cashbackMinor };
}

/** Sets them anew, as the next version; no tiers: nothing is given. */
export async function changeCashbackRules(
  tx: Tx, rules: Pick<CashbackRules, 'tiers' | 'from' | 'to'> & { readonly seenVersion: number; readonly changedBy: string; readonly reason: string | null; /** Not told: as before; at first all of them. */ readonly channels?: readonly TopUpChannel[] }, { clock }: { readonly clock: Clock },
): Promise<Result<CashbackRules, CashbackRejection>> {
  assert(rules.changedBy !== '', 'somebody changes rules');
  const { tiers, from, to } = rules;
  const wrong: readonly [(typeof CASHBACK_PROBLEMS)[number], boolean][] = [
    ['too_many_tiers', tiers.length > CASHBACK_TIERS_MAX], ['tiers_not_ascending', tiers.some((tier, index) => index > 0 && tier.topUpMinor <= tiers[index - 1]!.topUpMinor)],
    ['amount_not_positive', tiers.some(({ topUpMinor, cashbackMinor }) => topUpMinor <= 0n || cashbackMinor <= 0n)], ['cashback_above_top_up', tiers.some(({ topUpMinor, cashbackMinor }) => cashbackMinor > topUpMinor)],
    ['span_reversed', to !== null && to <= from], ['no_channel', rules.channels?.length === 0],
  ];
  const problems = wrong.flatMap(([problem, is]) => (is ? [problem] : []));
  if (problems.length > 0) return refuse({ code: 'cashback_rules_invalid', problems });
  await tx.execute(`select pg_advisory_xact_lock(hashtextextended('payments.cashback_rules/' || $1, 0))`, [onlyOperator(tx)]);
  const before = await currentCashbackRules(tx);
  if (before.version !== rules.seenVersion) return refuse({ code: 'cashback_rules_changed_meanwhile', version: before.version });
  await tx.execute(
    `insert into payments.cashback_rules (operator_id, version, currency, top_up_minor, cashback_minor, from_at, to_at, changed_by, reason, recorded_at, channels) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [onlyOperator(tx), before.version + 1, before.currency, tiers.map(({ topUpMinor }) => topUpMinor), tiers.map(({ cashbackMinor }) => cashbackMinor), time(from), time(to), rules.changedBy, rules.reason, time(clock.now()), [...new Set(rules.channels ?? before.channels)]]);
  return ok(await currentCashbackRules(tx));
}
