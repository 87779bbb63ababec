import type { ReactNode } from 'react';
import { Button } from 'antd';
import { useTranslate } from '../i18n/index.ts';
import { State } from './state.tsx';

type RowProps = {
  label: string; why: ReactNode; /** Of the input; left out where the value is only shown. */ htmlFor?: string | undefined;
  /** What else belongs under the explanation, and under the value. */
  below?: ReactNode; note?: ReactNode;
  /** The value in force, where another one stands in the input. */
  was?: string | null | undefined; error?: string | null | undefined; children: ReactNode;
};

/** One setting: what it is called, what it decides, and its value. */
export function SettingRow({ label, why, htmlFor, below, note, was, error, children }: RowProps) {
  const t = useTranslate();
  return (
    <div className={was === null || was === undefined ? 'setting' : 'setting changed'}>
      <div className="setting-words">{htmlFor === undefined ? <b>{label}</b> : <label htmlFor={htmlFor}><b>{label}</b></label>}<p>{why}</p>{below}</div>
      <div className="setting-value">
        {children}
        {error ? <State tone="bad">{error}</State> : was !== null && was !== undefined && <State tone="warn">{t('setting.was', { value: was })}</State>}
        {note && <div className="muted">{note}</div>}
      </div>
    </div>
  );
}

type BarProps = { words: ReactNode; onDiscard: () => void; discardable?: boolean; children: ReactNode };
/** Stays in sight while something is changed and not in force. */
export function ChangeBar({ words, onDiscard, discardable = true, children }: BarProps) {
  const t = useTranslate();
  return <section className="card change-bar" aria-label={t('setting.change')}><div className="change-words" role="status">{words}</div><div className="change-acts">{discardable && <Button onClick={onDiscard}>{t('setting.discard')}</Button>}{children}</div></section>;
}
