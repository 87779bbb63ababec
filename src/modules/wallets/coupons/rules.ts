import { assert, ok, refuse, type Clock, type Instant, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { constraintOf, sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { checkTerms, TOP_UP_CHANNELS, type CouponRule, type CouponRuleProblem, type CouponTerms } from '../domain/coupon.ts';

export type CouponRuleRejection =
  | { readonly code: 'coupon_rule_invalid'; readonly problems: readonly CouponRuleProblem[] } | { readonly code: 'coupon_rule_not_found' } | { readonly code: 'coupon_rule_changed_meanwhile'; readonly version: number }
  | { readonly code: 'coupon_gifts_given_already'; readonly giftsIssued: number };

/** Of a coupon rule's newest version, with how many gifts it has given. */
const RULE = `r.rule_id as "ruleId", r.version, r.name, r.issue_condition as "issueCondition", r.top_up_minimum_minor as "topUpMinimumMinor", r.top_up_channels as "topUpChannels", r.denomination_minor as "denominationMinor", r.currency,
  r.coupons_per_gift as "couponsPerGift", r.gifts_max as "giftsMax", r.on_sale_from as "onSaleFrom", r.on_sale_to as "onSaleTo", r.validity_days as "validityDays", r.valid_from as "validFrom", r.valid_to as "validTo",
  r.station_ids as "stationIds", r.threshold_minor as "thresholdMinor", r.use_max as "useMax", r.is_on as "isOn", r.remark, r.changed_by as "changedBy", r.recorded_at as "recordedAt", s.gifts_issued as "giftsIssued"`;
const NEWEST = `from wallets.coupon_stock s
  cross join lateral (select x.* from wallets.coupon_rule x where x.operator_id = s.operator_id and x.rule_id = s.rule_id order by x.version desc limit 1) r where s.operator_id = $1`;

const time = (at: Instant | null): string | null => (at === null ? null : sqlTimestamp(at));

/** Makes a rule, or its next version. `seenVersion` is what the person looked at; null makes a new rule. Coupons that were given keep what they were given with. */
export async function setCouponRule(
  tx: Tx, { ruleId, seenVersion, changedBy, ...terms }: CouponTerms & { readonly ruleId: string | null; readonly seenVersion: number | null; readonly changedBy: string }, { clock }: { readonly clock: Clock },
): Promise<Result<CouponRule, CouponRuleRejection>> {
  assert(tx.operatorIds.length === 1 && changedBy !== '', 'somebody changes the rules of one operator');
  const problems = checkTerms(terms);
  if (problems.length > 0) return refuse({ code: 'coupon_rule_invalid', problems });
  const id = ruleId ?? newUuid();
  const before = ruleId === null ? null : await lockRule(tx, ruleId);
  if (ruleId !== null && before === null) return refuse({ code: 'coupon_rule_not_found' });
  if (before !== null && before.version !== seenVersion) return refuse({ code: 'coupon_rule_changed_meanwhile', version: before.version });
  if (terms.giftsMax !== null && terms.giftsMax < (before?.giftsIssued ?? 0)) return refuse({ code: 'coupon_gifts_given_already', giftsIssued: before!.giftsIssued });
  const { currency } = await loadOperator(tx);
  await tx.execute(
    `insert into wallets.coupon_rule (operator_id, rule_id, version, name, issue_condition, top_up_minimum_minor, denomination_minor, currency, coupons_per_gift, gifts_max, on_sale_from, on_sale_to,
       validity_days, valid_from, valid_to, station_ids, threshold_minor, use_max, is_on, remark, changed_by, recorded_at, top_up_channels)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
    [tx.operatorIds[0], id, (before?.version ?? 0) + 1, terms.name.trim(), terms.issueCondition, terms.topUpMinimumMinor, terms.denominationMinor, currency, terms.couponsPerGift, terms.giftsMax,
      time(terms.onSaleFrom), time(terms.onSaleTo), terms.validityDays, time(terms.validFrom), time(terms.validTo), terms.stationIds, terms.thresholdMinor, terms.useMax, terms.isOn,
      terms.remark?.trim() || null, changedBy, sqlTimestamp(clock.now()), [...new Set(terms.topUpChannels ?? before?.topUpChannels ?? TOP_UP_CHANNELS)]]);
  await tx.execute(
    `insert into wallets.coupon_stock (operator_id, rule_id, gifts_max) values ($1, $2, $3) on conflict (operator_id, rule_id) do update set gifts_max = excluded.gifts_max`, [tx.operatorIds[0], id, terms.giftsMax]);
  const after = await findRule(tx, id);
  assert(after, 'a rule that was written is there');
  return ok(after);
}

/** The rule with its stock locked, so that nobody gives while it changes. */
async function lockRule(tx: Tx, ruleId: string): Promise<CouponRule | null> {
  await tx.query('select 1 from wallets.coupon_stock where operator_id = $1 and rule_id = $2 for update', [tx.operatorIds[0], ruleId]);
  return findRule(tx, ruleId);
}

export async function findRule(tx: Tx, ruleId: string): Promise<CouponRule | null> {
  const [rule] = await tx.query<CouponRule>(`select ${RULE} ${NEWEST} and s.rule_id = $2`, [tx.operatorIds[0], ruleId]);
  return rule ?? null;
}

/** Newest rules first, by keyset of their ids. */
export const listRules = (tx: Tx, { after, countMax }: { readonly after: string | null; readonly countMax: number }): Promise<CouponRule[]> =>
  tx.query<CouponRule>(`select ${RULE} ${NEWEST} and ($2::uuid is null or s.rule_id < $2) order by s.rule_id desc limit $3`, [tx.operatorIds[0], after, countMax]);

/** Rules that could give for this cause now. */
export const rulesOn = (tx: Tx, condition: CouponTerms['issueCondition'], now: Instant): Promise<CouponRule[]> => tx.query<CouponRule>({
  name: 'wallets_coupon_rules_on',
  text: `select ${RULE} ${NEWEST} and r.issue_condition = $2 and r.is_on and r.on_sale_from <= $3 and (r.on_sale_to is null or r.on_sale_to > $3) and (r.valid_to is null or r.valid_to > $3) order by s.rule_id`,
}, [tx.operatorIds[0], condition, sqlTimestamp(now)]);

/** The packs are all given. */
export const isOversold = (error: unknown): boolean => constraintOf(error) === 'coupon_stock_not_oversold';
