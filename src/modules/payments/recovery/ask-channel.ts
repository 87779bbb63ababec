import { assert, type Clock, type Instant, type OperatorId } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { isOwnFault } from '../own-fault.ts';
import type { AppliedView, AttemptToAsk, Consulted } from '../types.ts';
import type { Gates } from './gates.ts';
import type { LookedFor, RecoveryPorts } from './ports.ts';

/** What the channel answered about one attempt. */
export type Answered<A extends AttemptToAsk> = { readonly attempt: A; readonly consulted: Consulted };

/**
 * Asks about one attempt when its account's gate lets it through. @returns null when no question left this process, which is no answer of the channel and no try:
 * the lease has run out, or asking was stopped while it waited, or the account cannot be asked at the moment; then `shut` is told.
 */
export const askOne = <A extends AttemptToAsk>(
  { ports, gates, clock }: { readonly ports: Pick<RecoveryPorts, 'consult'>; readonly gates: Gates; readonly clock: Clock }, operatorId: OperatorId, attempt: A,
  how: { readonly by: LookedFor; readonly leaseUntil: Instant | null; readonly stopped: () => boolean; readonly shut: () => void },
): Promise<Answered<A> | null> => gates.through(attempt.merchantAccountId, async () => {
  if (how.stopped() || (how.leaseUntil !== null && clock.now() >= how.leaseUntil)) return null;
  const consulted = await ports.consult(operatorId, attempt, how.by);
  if (wasAsked(consulted)) return { attempt, consulted };
  how.shut();
  return null;
});

/** An open breaker, or no free place within the account's limits: the channel was not reached, so it has given no answer. */
function wasAsked({ items }: Consulted): boolean {
  return items.length === 0 || items.some(({ view }) => view.state !== 'no_answer' || !NOT_REACHED.test(view.why));
}
const NOT_REACHED = /^(circuit_open|channel_busy)\b/;

/** What became of one attempt: the view that found money, else the last one. */
export type Result = { readonly view: AppliedView | null; readonly observed: string; readonly paidMinor: bigint };

/** An answer that cannot be written: as if there was none. It is asked for again when its lease is over. */
const UNWRITTEN: Result = { view: null, observed: 'no_answer', paidMinor: 0n };

/**
 * Writes a page of answers and what goes with it in one transaction. An answer that cannot be written holds up no other: then each is written by itself, and what goes
 * with the page last. @returns what became of each, in the order of `answers`, and the faults of those that could not be written.
 */
export async function writeAnswers(
  odb: OperatorDatabase, ports: Pick<RecoveryPorts, 'applyConsulted'>, answers: readonly Answered<AttemptToAsk>[], also: (tx: Tx, results: readonly Result[]) => Promise<void>,
): Promise<{ readonly results: readonly Result[]; readonly faults: readonly Error[] }> {
  const together = (page: readonly Answered<AttemptToAsk>[]) => odb.transaction(async (tx) => {
    const results = await applyAnswers(ports, tx, page);
    if (page === answers) await also(tx, results);
    return results;
  });
  try {
    return { results: await together(answers), faults: [] };
  } catch (error) {
    if (!isOwnFault(error) || answers.length === 0) throw error;
    const results: Result[] = [], faults: Error[] = [];
    for (const answer of answers) {
      try {
        results.push(...await together([answer]));
      } catch (fault) {
        if (!isOwnFault(fault)) throw fault;
        faults.push(fault);
        results.push(UNWRITTEN);
      }
    }
    await odb.transaction((tx) => also(tx, results));
    return { results, faults };
  }
}

/** Evidence, orders, schedule. */
async function applyAnswers(ports: Pick<RecoveryPorts, 'applyConsulted'>, tx: Tx, answers: readonly Answered<AttemptToAsk>[]): Promise<readonly Result[]> {
  if (answers.length === 0) return [];
  const views = await ports.applyConsulted(tx, answers.map(({ consulted }) => consulted));
  assert(views.length === answers.reduce((sum, { consulted }) => sum + consulted.items.length, 0), 'one answer per view');
  let from = 0;
  return answers.map(({ consulted: { items } }) => {
    const own = views.slice(from, from += items.length);
    const found = own.findIndex(({ outcome }) => outcome === 'credited' || outcome === 'surplus');
    const index = found < 0 ? own.length - 1 : found;
    const seen = items[index]?.view;
    return { view: own[index] ?? null, observed: seen?.state ?? 'nothing', paidMinor: seen?.state === 'paid' ? seen.amountMinor : 0n };
  });
}
