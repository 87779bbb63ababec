import { theme as antTheme, type ThemeConfig } from 'antd';
import type { Density } from '../app/preferences.ts';

/** The palette exists once: Ant Design's tokens, the style sheet's variables (styles.css) and the charts agree on it. */
export type Palette = {
  readonly accent: string; readonly text: string; readonly secondary: string; readonly tertiary: string; readonly border: string;
  readonly container: string; readonly layout: string; readonly good: string; readonly warn: string; readonly bad: string;
  readonly period: Readonly<Record<'sharp' | 'peak' | 'flat' | 'valley', string>>;
};

export const LIGHT: Palette = {
  accent: '#4450d9', text: '#14181f', secondary: '#48515f', tertiary: '#606a79', border: '#e2e5ea', container: '#ffffff', layout: '#f5f6f8',
  good: '#0f7a4d', warn: '#9a5b00', bad: '#c02637',
  period: { sharp: '#c2255c', peak: '#e8850c', flat: '#4c8bd0', valley: '#2a9d74' },
};
export const DARK: Palette = {
  accent: '#8f99ff', text: '#e8ebf0', secondary: '#adb6c3', tertiary: '#8e98a8', border: '#2b323d', container: '#161a21', layout: '#0e1116',
  good: '#4cc38a', warn: '#f0b14a', bad: '#ff7b86',
  period: { sharp: '#f0719c', peak: '#f2a444', flat: '#74abe6', valley: '#4fc59a' },
};

export function themeConfig(dark: boolean, density: Density): ThemeConfig {
  const palette = dark ? DARK : LIGHT;
  return {
    algorithm: [dark ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm, ...(density === 'compact' ? [antTheme.compactAlgorithm] : [])],
    token: {
      // Whoever asks their system for less motion gets none: dialogs stand still at once.
      motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      // Hovered buttons are darker, not lighter as derived: white on them keeps a contrast of 4.5.
      colorPrimary: dark ? '#5964ee' : LIGHT.accent, colorPrimaryHover: dark ? '#4f5ae4' : '#3640b8', colorLink: palette.accent, colorInfo: dark ? '#5964ee' : LIGHT.accent,
      colorSuccess: palette.good, colorWarning: dark ? palette.warn : '#b86e00', colorError: palette.bad,
      colorBgLayout: palette.layout, colorBgContainer: palette.container, colorBgElevated: dark ? '#1d222b' : '#ffffff',
      colorText: palette.text, colorTextSecondary: palette.secondary, colorTextTertiary: palette.tertiary,
      colorTextDescription: palette.tertiary, colorTextPlaceholder: palette.tertiary,
      colorBorder: dark ? '#3a424f' : '#ccd1d9', colorBorderSecondary: palette.border,
      fontFamily: 'var(--k-font)', fontSize: 14, borderRadius: 8, wireframe: false, motionDurationMid: '0.12s', motionDurationSlow: '0.18s',
    },
    components: { Button: { primaryShadow: 'none', defaultShadow: 'none', defaultHoverColor: palette.accent, defaultHoverBorderColor: palette.accent }, Tabs: { horizontalMargin: '0 0 16px 0', itemSelectedColor: palette.accent, itemActiveColor: palette.accent, itemHoverColor: palette.accent, inkBarColor: palette.accent } },
  };
}
