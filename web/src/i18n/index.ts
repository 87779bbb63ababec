import { useCallback } from 'react';
import { currentLanguage, usePreferences, type Language } from '../app/preferences.ts';
import { MESSAGES } from './messages/index.ts';

export type MessageKey = keyof typeof MESSAGES;
export type Params = Readonly<Record<string, string | number>>;
export type Translate = (key: MessageKey, params?: Params) => string;

export function translate(language: Language, key: MessageKey, params?: Params): string {
  const text: string = MESSAGES[key][language === 'zh' ? 1 : 0];
  return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole)) : text;
}

export function useTranslate(): Translate {
  const { language } = usePreferences();
  return useCallback((key, params) => translate(language, key, params), [language]);
}

export const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(MESSAGES, key);

/** For codes that come from the server: one this console does not know yet is shown in its own words (`meter_reset` → "meter reset"). */
export function translateCode(t: Translate, prefix: string, code: string | null | undefined): string {
  if (code === null || code === undefined || code === '') return t('unknown');
  const key = `${prefix}.${code}`;
  return isMessageKey(key) ? t(key) : code.replaceAll('_', ' ');
}

/** Outside React: a document title, a file's name. */
export const translateNow: Translate = (key, params) => translate(currentLanguage(), key, params);
