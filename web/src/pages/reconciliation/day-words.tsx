import type { Day } from '../../api/reconciliation.ts';
import { useTranslate, type Translate } from '../../i18n/index.ts';
import { State, type Tone } from '../../ui/state.tsx';

export type DayResult = { readonly tone: Tone; readonly text: string };

/** What became of a day, in words: green only when nothing is left to explain. */
export function dayResult(t: Translate, { report, work, openBreaks }: Day): DayResult {
  if (openBreaks > 0) return { tone: 'bad', text: t('recon.state.differs', { count: openBreaks }) };
  if (report) return report.differences.some(({ kind }) => kind !== 'other_day') ? { tone: 'good', text: t('recon.state.explained') } : { tone: 'good', text: t('recon.state.agrees') };
  if (work === null) return { tone: 'neutral', text: t('recon.state.none') };
  if (work.state === 'done') return { tone: 'neutral', text: t(work.lastError === 'on_another_bill' ? 'recon.state.elsewhere' : 'recon.state.noTrade') };
  if (work.lastError !== null) return { tone: 'warn', text: t('recon.state.failed') };
  return work.tries > 0 ? { tone: 'warn', text: t('recon.state.waiting') } : { tone: 'live', text: t('recon.state.working') };
}

export function DayWord({ day }: { day: Day }) {
  const { tone, text } = dayResult(useTranslate(), day);
  return <State tone={tone} title={day.work?.lastError ?? undefined}>{text}</State>;
}
/** Theirs less ours, payments less refunds: what the differences have to add up to. */
export const netMinor = ({ paid, refunded }: NonNullable<Day['report']>['ours']): bigint => BigInt(paid.amountMinor) - BigInt(refunded.amountMinor);
export const dayPath = ({ merchantAccountId, businessDate }: Pick<Day, 'merchantAccountId' | 'businessDate'>): string => `/reconciliation/${merchantAccountId}/${businessDate}`;
