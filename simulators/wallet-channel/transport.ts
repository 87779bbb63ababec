/** What may happen to a call and its answer on the way, whichever channel it belongs to. */
import type { ServerResponse } from 'node:http';
import type { Act } from './faults.ts';
import type { Answer, Merchant } from './types.ts';
import type { World } from './world.ts';

export type Sides = {
  /** Does the act and answers. */
  readonly act: () => Promise<Answer>;
  readonly forged: (answer: Answer) => Promise<Answer>;
  readonly busy: () => Promise<Answer>;
  readonly tooOften: () => Promise<Answer>;
};
export type Call = { readonly act: Act; readonly outTradeNo: string | undefined; readonly merchant: Merchant };

const LOST_MS_MAX = 60_000;

/** Null: there is no answer, the connection was dealt with. */
export async function throughTheNetwork(world: World, call: Call, response: ServerResponse, sides: Sides, timeFactor: number): Promise<Answer | null> {
  const subject = `q${world.counters.request++}`;
  const happens = (name: Parameters<World['faults']['happens']>[0]): boolean => world.faults.happens(name, subject, call.outTradeNo, call.act);
  if (overLimit(world, call.merchant) || happens('frequency_limited')) return sides.tooOften();
  if (happens('cut_before')) return cut(response);
  if (happens('bad_gateway')) return { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>' };
  if (happens('server_error_before')) return sides.busy();
  const answer = await sides.act();
  if (happens('cut_after')) return cut(response);
  if (happens('answer_lost')) {
    const timer = setTimeout(() => response.destroy(), LOST_MS_MAX);
    response.on('close', () => clearTimeout(timer));
    return null;
  }
  if (happens('server_error_after')) return sides.busy();
  if (happens('answer_slow')) await new Promise((resolve) => setTimeout(resolve, world.faults.random(`slow/${subject}`).between(1_000, 8_000) * timeFactor));
  return happens('answer_forged') ? sides.forged(answer) : answer;
}

function cut(response: ServerResponse): null {
  response.destroy();
  return null;
}

/** A token bucket of one second for each merchant. */
function overLimit(world: World, merchant: Merchant): boolean {
  const perSecond = world.settings.requestsPerSecondMax;
  if (perSecond === null) return false;
  const at = world.clock.wire();
  merchant.tokens = Math.min(perSecond, merchant.tokens + ((at - merchant.tokensAt) / 1_000) * perSecond);
  merchant.tokensAt = at;
  if (merchant.tokens < 1) return true;
  merchant.tokens -= 1;
  return false;
}
