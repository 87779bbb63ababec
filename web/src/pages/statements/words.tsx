import type { Statement, StatementState } from '../../api/statements.ts';
import { formatCount } from '../../format/number.ts';
import { useTranslate, type Translate } from '../../i18n/index.ts';
import { State, type Tone } from '../../ui/state.tsx';

const TONES: Readonly<Record<StatementState, Tone>> = { draft: 'neutral', closing: 'live', closed: 'good', waived: 'warn', withdrawn: 'neutral' };

export function StatementStateWord({ state }: { state: StatementState }) {
  const t = useTranslate();
  return <State tone={TONES[state]} title={t(`statement.state.${state}.why`)}>{t(`statement.state.${state}`)}</State>;
}

/** "closes in 5 days", "closes today", "2 days late". */
export function countdown(t: Translate, daysLeft: number): string {
  if (daysLeft === 0) return t('statement.closes.today');
  if (daysLeft === 1) return t('statement.closes.tomorrow');
  if (daysLeft === -1) return t('statement.closes.yesterday');
  return daysLeft > 0 ? t('statement.closes.in', { count: formatCount(daysLeft) }) : t('statement.closes.late', { count: formatCount(-daysLeft) });
}

export const isOpen = ({ state }: Pick<Statement, 'state'>): boolean => state === 'draft' || state === 'closing';
export const spanText = ({ firstOn, lastOn }: Pick<Statement, 'firstOn' | 'lastOn'>): string => firstOn === lastOn ? firstOn : `${firstOn} – ${lastOn}`;
