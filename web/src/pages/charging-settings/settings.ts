import type { ChargingPolicy, PolicyChange } from '../../api/charging-settings.ts';
import { currencyDecimals, formatMinor, parseMinor } from '../../format/number.ts';
import type { Translate } from '../../i18n/index.ts';
import type { Difference } from '../../ui/version-history.tsx';

const SECONDS_PER_MINUTE = 60, WATTS_PER_KW = 1_000;
type Figures = Pick<ChargingPolicy, 'currency' | 'holdAmount' | 'holdMinimum' | 'balanceThreshold' | 'silenceDeadlineS' | 'defaultConnectorPowerW' | 'abnormalBills' | 'sessionsPerMemberMax'>;

/** As typed: amounts in major units, the deadline in minutes, power in kW. */
export type Draft = {
  readonly holdAmount: string; readonly holdMinimum: string; readonly balanceThreshold: string; readonly silenceMinutes: number; readonly connectorKw: number; readonly abnormalBills: ChargingPolicy['abnormalBills']; readonly sessionsMax: number | null;
};
export const AMOUNTS = ['holdAmount', 'holdMinimum', 'balanceThreshold'] as const;

/** The program's own settings; the same as the server's charging/domain/policy.ts. */
export function shippedSettings(currency: string): Draft {
  const major = (units: string): string => (currencyDecimals(currency) === 0 ? units : `${units}.${'0'.repeat(currencyDecimals(currency))}`);
  return { holdAmount: major('50'), holdMinimum: major('5'), balanceThreshold: major('2'), silenceMinutes: 120, connectorKw: 60, abnormalBills: 'hold', sessionsMax: null };
}

export function draftOf(policy: Figures): Draft {
  const amount = ({ amountMinor, currency }: Figures['holdAmount']): string => formatMinor(amountMinor, currency).replaceAll(',', '');
  return {
    holdAmount: amount(policy.holdAmount), holdMinimum: amount(policy.holdMinimum), balanceThreshold: amount(policy.balanceThreshold), silenceMinutes: policy.silenceDeadlineS / SECONDS_PER_MINUTE,
    connectorKw: Number(policy.defaultConnectorPowerW) / WATTS_PER_KW, abnormalBills: policy.abnormalBills, sessionsMax: policy.sessionsPerMemberMax,
  };
}

type Wrong = 'amount' | 'above';
/** What cannot be saved, by the input where it is said. */
export function wrongIn(draft: Draft, currency: string): Readonly<Partial<Record<keyof Draft, Wrong>>> {
  const [hold, least] = [parseMinor(draft.holdAmount, currency), parseMinor(draft.holdMinimum, currency)];
  const wrong: Partial<Record<keyof Draft, Wrong>> = {};
  for (const name of AMOUNTS) if (parseMinor(draft[name], currency) === null) wrong[name] = 'amount';
  if (hold !== null && least !== null && least > hold) wrong.holdMinimum = 'above';
  return wrong;
}

/** @param draft without anything wrong in it. */
export function changeOf(draft: Draft, currency: string, { seenVersion, reason }: Pick<PolicyChange, 'seenVersion' | 'reason'>): PolicyChange {
  const minor = (text: string): string => String(parseMinor(text, currency) ?? 0n);
  return {
    holdAmountMinor: minor(draft.holdAmount), holdMinimumMinor: minor(draft.holdMinimum), balanceThresholdMinor: minor(draft.balanceThreshold), silenceDeadlineS: Math.round(draft.silenceMinutes * SECONDS_PER_MINUTE),
    defaultConnectorPowerW: String(Math.round(draft.connectorKw * WATTS_PER_KW)), abnormalBills: draft.abnormalBills, sessionsPerMemberMax: draft.sessionsMax, seenVersion, reason,
  };
}

/** Each setting in words with its unit. */
export function settingTexts(t: Translate, draft: Draft, currency: string): Readonly<Record<keyof Draft, string>> {
  const amount = (text: string): string => { const minor = parseMinor(text, currency); return minor === null ? text : `${formatMinor(minor, currency)} ${currency}`; };
  return {
    holdAmount: amount(draft.holdAmount), holdMinimum: amount(draft.holdMinimum), balanceThreshold: amount(draft.balanceThreshold), silenceMinutes: `${draft.silenceMinutes.toLocaleString('en')} ${t('rules.unit.min')}`,
    connectorKw: `${draft.connectorKw.toLocaleString('en')} kW`, abnormalBills: t(`chset.bills.${draft.abnormalBills}`), sessionsMax: draft.sessionsMax === null ? t('chset.sessions.any') : String(draft.sessionsMax),
  };
}

export function differencesOf(t: Translate, before: Draft, after: Draft, currency: string): readonly Difference[] {
  const [was, is] = [settingTexts(t, before, currency), settingTexts(t, after, currency)];
  return (Object.keys(was) as (keyof Draft)[]).filter((name) => was[name] !== is[name]).map((name) => ({ name: t(`chset.${name}`), from: was[name], to: is[name] }));
}
