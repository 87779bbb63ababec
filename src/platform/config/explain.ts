import { hostname } from 'node:os';
import { describeSource, type Explained } from './config.ts';
import { SETTINGS, type Setting } from './settings.ts';

/** `kirchhoff config explain`: every value in force on this node, where it comes from and what it overrides. Secrets are not shown. */
export function explainConfig(explained: readonly Explained[], file: string | null): string {
  const lines = [`Settings in force on node ${hostname()}`, file === null ? 'No settings file (kirchhoff.json here, or KIRCHHOFF_CONFIG).' : `Settings file: ${file}`, ''];
  const width = Math.max(...explained.map((item) => item.name.length));
  for (const item of explained) {
    const setting: Setting = SETTINGS[item.name];
    lines.push(`${item.name.padEnd(width)}  ${shown(setting, item.value)}  (${describeSource(item.source)})`);
    for (const other of item.overrides) lines.push(`${' '.repeat(width)}    instead of ${shown(setting, other.value)} (${describeSource(other.source)})`);
    lines.push(`${' '.repeat(width)}    ${setting.environment}: ${setting.about}`);
  }
  return lines.join('\n');
}

const shown = (setting: Setting, value: unknown): string =>
  value === undefined ? 'not set' : setting.secret === true ? 'set, not shown' : String(value);
