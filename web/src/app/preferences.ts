import { useSyncExternalStore } from 'react';

export type Language = 'en' | 'zh';
export type Theme = 'light' | 'dark' | 'system';
export type Density = 'comfortable' | 'compact';
export type Preferences = { readonly language: Language; readonly theme: Theme; readonly density: Density };

const STORAGE_KEY = 'kirchhoff.preferences'; // first-paint.js reads the same key.
const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let current: Preferences = read();

function read(): Preferences {
  const defaults: Preferences = { language: /^zh\b/i.test(navigator.language) ? 'zh' : 'en', theme: 'system', density: 'comfortable' };
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}') as Partial<Preferences>) };
  } catch {
    return defaults; // Storage may be blocked or hold something else; the console works without it.
  }
}

export const isDark = (preferences: Preferences): boolean =>
  preferences.theme === 'dark' || (preferences.theme === 'system' && darkQuery.matches);

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(current));
  } catch {
    // Kept for this page only.
  }
  apply();
}

function apply(): void {
  const root = document.documentElement;
  root.dataset.theme = isDark(current) ? 'dark' : 'light';
  root.dataset.density = current.density;
  root.lang = current.language === 'zh' ? 'zh-CN' : 'en';
  for (const listener of listeners) listener();
}

darkQuery.addEventListener('change', () => { current = { ...current }; apply(); });
apply();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const usePreferences = (): Preferences => useSyncExternalStore(subscribe, () => current);
export const currentLanguage = (): Language => current.language;
