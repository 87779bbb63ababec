import type { PeriodState } from '../../api/periods.ts';
import { useTranslate } from '../../i18n/index.ts';
import { State, type Tone } from '../../ui/state.tsx';

const TONES: Readonly<Record<PeriodState, Tone>> = { running: 'live', open: 'neutral', closing: 'warn', closed: 'good' };

export function PeriodWord({ state }: { state: PeriodState }) {
  const t = useTranslate();
  return <State tone={TONES[state]} title={t(`period.state.${state}.why`)}>{t(`period.state.${state}`)}</State>;
}
