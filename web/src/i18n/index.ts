import { useCallback } from 'react';
import { currentLanguage, usePreferences } from '../app/preferences.ts';
import { isMessageKey, translate, type MessageKey, type Params } from './translate.ts';

export { isMessageKey, translate, type MessageKey, type Params } from './translate.ts';
export type Translate = (key: MessageKey, params?: Params) => string;

export function useTranslate(): Translate {
  const { language } = usePreferences();
  return useCallback((key, params) => translate(language, key, params), [language]);
}

/** For codes that come from the server: one this console does not know yet is shown in its own words (`meter_reset` → "meter reset"). */
export function translateCode(t: Translate, prefix: string, code: string | null | undefined): string {
  if (code === null || code === undefined || code === '') return t('unknown');
  const key = `${prefix}.${code}`;
  return isMessageKey(key) ? t(key) : code.replaceAll('_', ' ');
}

/** Outside React: a document title, a file's name. */
export const translateNow: Translate = (key, params) => translate(currentLanguage(), key, params);
