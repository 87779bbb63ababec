import { usePreferences } from '../app/preferences.ts';
import { translateCode, useTranslate } from '../i18n/index.ts';
import { evidenceSentence, type EvidenceData } from './evidence.ts';
import { State } from './state.tsx';

export type ShownFlag = { readonly cause: string; readonly code: number | null; readonly effect: 'hold' | 'note'; readonly data: EvidenceData };

/** Every oddity explains itself: what it is, which readings say so, and what it does to the bill. */
export function FlagList({ flags, timeZone }: { flags: readonly ShownFlag[]; timeZone: string }) {
  const t = useTranslate();
  const { language } = usePreferences();
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: 14 }}>
      {flags.map((flag, index) => {
        const why = evidenceSentence(`flag.${flag.cause}.why`, flag.data, timeZone, language);
        return (
          <li key={`${flag.cause}${index}`}>
            <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 10px', alignItems: 'center' }}>
              <span className="cell-main">{translateCode(t, 'flag', flag.cause)}</span>
              <State tone={flag.effect === 'hold' ? 'bad' : 'neutral'}>{t(`flag.effect.${flag.effect}`)}</State>
              {flag.code !== null && <span className="muted">{t('flag.code', { code: flag.code })}</span>}
            </div>
            {why !== null && <p style={{ color: 'var(--k-secondary)', maxWidth: 780 }}>{why}</p>}
          </li>
        );
      })}
    </ul>
  );
}
