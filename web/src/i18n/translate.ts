import type { Language } from '../app/preferences.ts';
import { MESSAGES } from './messages/index.ts';

export type MessageKey = keyof typeof MESSAGES;
export type Params = Readonly<Record<string, string | number>>;

export function translate(language: Language, key: MessageKey, params?: Params): string {
  const text: string = MESSAGES[key][language === 'zh' ? 1 : 0];
  return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole)) : text;
}

export const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(MESSAGES, key);
