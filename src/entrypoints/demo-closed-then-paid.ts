import type { Config } from '../platform/config/index.ts';
import { playClosedThenPaid, yuan, type CaseResult, type CaseStep, type ClosedThenPaid } from './closed-then-paid.ts';
import { EXIT, type Io } from './io.ts';
import { startPlatform } from './simulate-platform.ts';
import { storyEnd, storyStep } from './story-text.ts';

const AMOUNT_MINOR = 10_000n;

/** Plays the case on a scratch database and tells it: step by step for a person, or as one JSON object. @returns 0 when everything holds. */
export async function showClosedThenPaid(plan: Pick<ClosedThenPaid, 'policy' | 'channel'>, { config, io, json }: { readonly config: Config; readonly io: Io; readonly json: boolean }): Promise<number> {
  const say = (text: string): void => { if (!json) io.out(text); };
  say(`An order is closed, and then it is paid: ${plan.channel === 'wechatpay' ? 'WeChat Pay' : 'Alipay'}, simulated, over the wire; policy "${plan.policy}".`);
  say('A scratch database is made for it …\n');
  const platform = await startPlatform({ config, scratch: `demo-${process.pid}`, fresh: true, discard: true, name: 'demo closed-then-paid', io });
  try {
    let count = 0;
    const result = await playClosedThenPaid(platform.database, { ...plan, amountMinor: AMOUNT_MINOR }, (step) => say(stepText(step, ++count)));
    io.out(json ? JSON.stringify({ ...plan, ...result }, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) : outcomeText(result));
    return result.good ? EXIT.ok : EXIT.failed;
  } finally {
    await platform.close();
  }
}

export const stepText = (step: CaseStep, number: number): string =>
  storyStep(number, step, `wallet ${yuan(step.books.walletMinor)} · owed by the channel ${yuan(step.books.channelMinor)} · lying apart ${yuan(step.books.apartMinor)}`);

export const outcomeText = ({ timeline, ...end }: CaseResult): string =>
  storyEnd([['The order\'s timeline, as it is kept:', timeline]], { title: 'Compared with what the channel says really happened:', ...end });
