/** How a demo tells its story on a terminal. */
const LINE_MAX = 118;

/** One step: what happened, what shows it, and how the books stand after it. */
export const storyStep = (number: number, { what, evidence }: { readonly what: string; readonly evidence: readonly string[] }, standing: string): string => [
  ...wrapped(what).map((line, index) => `${index === 0 ? `${number}.` : '  '} ${line}`), ...evidence.map((line) => `     ${line}`), `     ${standing}`, '',
].join('\n');

/** How it ended: what was kept, what has to hold, what the audit says. */
export const storyEnd = (
  kept: readonly (readonly [title: string, lines: readonly string[]])[],
  { title, checks, audit, good }: { readonly title: string; readonly checks: readonly { readonly what: string; readonly holds: boolean }[]; readonly audit: { readonly lines: readonly string[] }; readonly good: boolean },
): string => [
  ...kept.flatMap(([name, lines]) => [name, ...lines.map((line) => `  ${line}`), '']),
  title, ...checks.map(({ what, holds }) => `  ${holds ? 'ok    ' : 'FAILED'}  ${what}`), '',
  'The audit of the books:', ...audit.lines.map((line) => (line === '' ? '' : `  ${line}`)), '', good ? 'Every fen is where it belongs.' : 'SOMETHING DOES NOT HOLD.',
].join('\n');

function wrapped(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line.length + word.length + 1 > LINE_MAX) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
