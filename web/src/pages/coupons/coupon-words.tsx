import type { Coupon, CouponRule } from '../../api/coupons.ts';
import { formatDate } from '../../format/time.ts';
import { useTranslate, type Translate } from '../../i18n/index.ts';
import { moneyText } from '../../ui/payment-words.tsx';
import { State } from '../../ui/state.tsx';

/** Whether a rule gives anything now, and why not. */
export function RuleState({ rule, now }: { rule: CouponRule; now: number }) {
  const t = useTranslate();
  if (!rule.isOn) return <State tone="neutral">{t('coupon.rule.off')}</State>;
  if (Date.parse(rule.onSaleFrom) > now) return <State tone="live">{t('coupon.rule.soon')}</State>;
  if (rule.onSaleTo !== null && Date.parse(rule.onSaleTo) <= now) return <State tone="neutral">{t('coupon.rule.over')}</State>;
  if (rule.giftsMax !== null && rule.giftsIssued >= rule.giftsMax) return <State tone="warn">{t('coupon.rule.given')}</State>;
  return <State tone="good">{t('coupon.rule.on')}</State>;
}

export function CouponStateWord({ coupon }: { coupon: Coupon }) {
  const t = useTranslate();
  if (coupon.state === 'unused' && coupon.hasLapsed) return <State tone="neutral">{t('coupon.state.expired')}</State>;
  return <State tone={coupon.state === 'unused' ? 'good' : coupon.state === 'taken_back' ? 'warn' : 'neutral'}>{t(`coupon.state.${coupon.state}`)}</State>;
}

/** "2 × 10.00 CNY, from 50.00 CNY on". */
export const worthText = (t: Translate, rule: CouponRule): string => `${packText(rule)}${BigInt(rule.threshold.amountMinor) > 0n ? `, ${t('coupon.from', { amount: moneyText(rule.threshold) })}` : ''}`;
/** "2 × 10.00 CNY". */
export const packText = ({ couponsPerGift, denomination }: CouponRule): string => `${couponsPerGift > 1 ? `${couponsPerGift} × ` : ''}${moneyText(denomination)}`;

export const issueText = (t: Translate, { issueCondition, topUpMinimum }: CouponRule): string =>
  issueCondition === 'top_up' && topUpMinimum !== null ? t('coupon.issue.top_up.from', { amount: moneyText(topUpMinimum) }) : t(`coupon.issue.${issueCondition}`);

export const validityText = (t: Translate, { validityDays, validFrom, validTo }: CouponRule, timeZone: string): string =>
  validityDays !== null ? t('coupon.validity.days', { days: validityDays }) : validFrom !== null && validTo !== null ? `${formatDate(validFrom, timeZone)} – ${formatDate(validTo, timeZone)}` : t('none');
