import type { Config } from '../platform/config/index.ts';
import { playBill24440, yuan, type StoryResult, type StoryStep } from './demo-bill-244-40-story.ts';
import { kwh } from './demo-bill-244-40-point.ts';
import { EXIT, type Io } from './io.ts';
import { startPlatform } from './simulate-platform.ts';

const LINE_MAX = 118;

/** Lives the bill on a scratch database and tells it: step by step for a person, or as one JSON object. @returns 0 when everything holds. */
export async function showBill24440({ config, io, json }: { readonly config: Config; readonly io: Io; readonly json: boolean }): Promise<number> {
  const say = (text: string): void => { if (!json) io.out(text); };
  say('The bill of 244.40: 34 minutes, a lost bill, an estimate of 128.63 kWh, and what was really drawn.');
  say('A scratch database is made for it …\n');
  const platform = await startPlatform({ config, scratch: `demo-${process.pid}`, fresh: true, discard: true, name: 'demo bill-244-40', io });
  try {
    let count = 0;
    const result = await playBill24440(platform.database, (step) => say(storyStepText(step, ++count)));
    io.out(json ? JSON.stringify(result, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) : storyText(result));
    return result.good ? EXIT.ok : EXIT.failed;
  } finally {
    await platform.close();
  }
}

export function storyStepText({ what, evidence, books }: StoryStep, number: number): string {
  return [
    ...wrapped(what).map((line, index) => `${index === 0 ? `${number}.` : '  '} ${line}`), ...evidence.map((line) => `     ${line}`),
    `     wallet ${yuan(books.walletMinor)} · earned ${yuan(books.revenueMinor)} · billed ${kwh(books.billedWh)} · the books ${books.balanced ? 'balance' : 'DO NOT BALANCE'}`, '',
  ].join('\n');
}

export function storyText({ versions, caseTimeline, checks, audit, good }: StoryResult): string {
  return [
    'Every version of the bill, as it is kept:', ...versions.map((line) => `  ${line}`), '', 'The case:', ...caseTimeline.map((line) => `  ${line}`), '',
    'What has to hold:', ...checks.map(({ what, holds }) => `  ${holds ? 'ok    ' : 'FAILED'}  ${what}`), '',
    'The audit of the books:', ...audit.lines.map((line) => (line === '' ? '' : `  ${line}`)), '', good ? 'Every fen is where it belongs.' : 'SOMETHING DOES NOT HOLD.',
  ].join('\n');
}

function wrapped(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line.length + word.length + 1 > LINE_MAX) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
