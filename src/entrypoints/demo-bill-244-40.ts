import type { Config } from '../platform/config/index.ts';
import { playBill24440, yuan, type StoryResult, type StoryStep } from './demo-bill-244-40-story.ts';
import { kwh } from './demo-bill-244-40-point.ts';
import { EXIT, type Io } from './io.ts';
import { startPlatform } from './simulate-platform.ts';
import { storyEnd, storyStep } from './story-text.ts';

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

export const storyStepText = (step: StoryStep, number: number): string => storyStep(
  number, step, `wallet ${yuan(step.books.walletMinor)} · earned ${yuan(step.books.revenueMinor)} · billed ${kwh(step.books.billedWh)} · the books ${step.books.balanced ? 'balance' : 'DO NOT BALANCE'}`);

export const storyText = ({ versions, caseTimeline, ...end }: StoryResult): string =>
  storyEnd([['Every version of the bill, as it is kept:', versions], ['The case:', caseTimeline]], { title: 'What has to hold:', ...end });
