/** Which top-ups cash that is given back belongs to. Pure. */
import { assert, type Instant } from '../../../kernel/index.ts';

/** `withUsMinor`: what of a top-up has not gone back to where it came from; cash that was given back for it is not taken off yet. */
export type TopUpLeft = { readonly cause: 'cash_desk' | 'by_hand' | 'order'; readonly causeId: string; readonly withUsMinor: bigint; readonly paidAt: Instant };
export type GivenBackPart = Pick<TopUpLeft, 'cause' | 'causeId' | 'withUsMinor'> & { readonly amountMinor: bigint };

/**
 * Cash goes back to cash first, the newest top-up of it first, then to top-ups that were paid otherwise; what is over (a compensation, say) belongs to none.
 * @returns parts that make at most the amount, and of no top-up more than is left of it.
 */
export function planGiveBack(amountMinor: bigint, topUps: readonly TopUpLeft[], givenBack: ReadonlyMap<string, bigint>): GivenBackPart[] {
  assert(amountMinor > 0n, 'what is given back is something');
  const rank = ({ cause }: TopUpLeft): number => (cause === 'order' ? 1 : 0);
  const parts: GivenBackPart[] = [];
  let rest = amountMinor;
  for (const { cause, causeId, withUsMinor } of topUps.toSorted((a, b) => rank(a) - rank(b) || b.paidAt - a.paidAt || (a.causeId < b.causeId ? -1 : 1))) {
    const left = withUsMinor - (givenBack.get(causeId) ?? 0n), part = left < rest ? left : rest;
    if (part <= 0n) continue;
    parts.push({ cause, causeId, withUsMinor, amountMinor: part });
    rest -= part;
    if (rest === 0n) break;
  }
  return parts;
}
