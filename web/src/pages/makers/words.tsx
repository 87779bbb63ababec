import type { MakeName, MakeScore } from '../../api/makes.ts';
import { useTranslate, type Translate } from '../../i18n/index.ts';
import { State, type Tone } from '../../ui/state.tsx';

const GOOD_FROM = 90, FAIR_FROM = 70;
export const toneOf = (score: number | null): Tone => (score === null ? 'neutral' : score >= GOOD_FROM ? 'good' : score >= FAIR_FROM ? 'warn' : 'bad');

/** The figure, and the least that it may be. */
export function Score({ of: { score, lowest } }: { of: Pick<MakeScore, 'score' | 'lowest'> }) {
  const t = useTranslate();
  if (score === null) return <span className="muted">–</span>;
  return <State tone={toneOf(score)} title={t('maker.atLeast', { score: String(lowest ?? score) })}><b className="tab">{score.toFixed(1)}</b></State>;
}

export const said = (t: Translate, text: string): string => (text === '' ? t('maker.unknown') : text);
export const nameOf = (t: Translate, { maker, model, firmware }: MakeName): string => [maker, model, firmware].flatMap((part) => (part === null ? [] : [said(t, part)])).join(' · ');
export const addressOf = ({ maker, model, firmware }: MakeName): string =>
  `/makers/detail?${new URLSearchParams({ maker, ...(model === null ? {} : { model }), ...(firmware === null ? {} : { firmware }) }).toString()}`;
export const percent = (rate: number): string => `${(rate * 100).toFixed(rate > 0 && rate < 0.01 ? 2 : 1)} %`;
