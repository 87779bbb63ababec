import type { BacktestResult } from './backtest.ts';

const WIDTH = 960, LABEL = 300, ROW = 46, BAR = 15, TOP = 76, FIGURES = 90;
const COLOURS = { ink: '#1c2733', quiet: '#5b6b7c', rule: '#d8dfe6', before: '#9aa8b5', after: '#0b6e4f' } as const;

/**
 * Bills by cause, before and after, as an SVG of its own: no script, no font, nothing to load.
 * @param title what was changed; printed above the bars.
 */
export function backtestPicture({ bills, changed, causes }: BacktestResult, title: string): string {
  const most = causes.reduce((max, { before, after }) => Math.max(max, before.bills, after.bills), 1);
  const height = TOP + Math.max(1, causes.length) * ROW + 24;
  const length = (count: number): number => Math.round(((WIDTH - LABEL - FIGURES) * count) / most);
  const bar = (y: number, count: number, colour: string): string =>
    `<rect x="${LABEL}" y="${y}" width="${Math.max(count > 0 ? 1 : 0, length(count))}" height="${BAR}" fill="${colour}"/><text x="${LABEL + length(count) + 8}" y="${y + 12}" font-size="12" fill="${COLOURS.ink}">${count}</text>`;
  const rows = causes.map(({ cause, before, after }, i) => {
    const y = TOP + i * ROW;
    return `<text x="${LABEL - 12}" y="${y + 20}" font-size="13" text-anchor="end" fill="${COLOURS.ink}">${escaped(cause)}</text>${bar(y, before.bills, COLOURS.before)}${bar(y + BAR + 3, after.bills, COLOURS.after)}`;
  });
  const legend = [['before', COLOURS.before], ['after', COLOURS.after]].map(([word, colour], i) =>
    `<rect x="${LABEL + i * 90}" y="48" width="12" height="12" fill="${colour}"/><text x="${LABEL + 18 + i * 90}" y="58" font-size="12" fill="${COLOURS.quiet}">${word}</text>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" role="img" aria-label="Bills by cause before and after">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="26" font-size="17" font-weight="600" fill="${COLOURS.ink}">${escaped(title)}</text>`,
    `<text x="16" y="58" font-size="12" fill="${COLOURS.quiet}">${bills} bills, ${changed} would change</text>`, ...legend,
    `<line x1="${LABEL}" y1="${TOP - 6}" x2="${LABEL}" y2="${height - 16}" stroke="${COLOURS.rule}"/>`,
    ...(rows.length > 0 ? rows : [`<text x="${LABEL}" y="${TOP + 20}" font-size="13" fill="${COLOURS.quiet}">no bill has a cause</text>`]),
    '</svg>', '',
  ].join('\n');
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
