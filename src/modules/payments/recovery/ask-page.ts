import type { OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { AppliedView, AttemptToAsk, RecoveredBy, ViewItem } from '../types.ts';
import type { Gates } from './gates.ts';
import type { Asked, RecoveryPorts } from './ports.ts';

export type Answer<A extends AttemptToAsk> = { readonly attempt: A; readonly asked: Asked };

/** Asks about a page of attempts, as many at once as each account's gate lets through. Once an account cannot be asked, the rest of its page is not tried. */
export async function askPage<A extends AttemptToAsk>(ports: Pick<RecoveryPorts, 'ask'>, gates: Gates, page: { readonly operatorId: OperatorId; readonly attempts: readonly A[] }): Promise<Answer<A>[]> {
  const shut = new Set<string>();
  return Promise.all(page.attempts.map((attempt) => gates.through(attempt.merchantAccountId, async (): Promise<Answer<A>> => {
    if (shut.has(attempt.merchantAccountId)) return { attempt, asked: NOT_ASKED };
    const asked = await ports.ask(page.operatorId, attempt);
    if (!asked.wasAsked) shut.add(attempt.merchantAccountId);
    return { attempt, asked };
  })));
}
const NOT_ASKED: Asked = { observation: { state: 'no_answer', why: 'the channel cannot be asked at the moment' }, exchanges: [], wasAsked: false };

/** Writes what channels answered: evidence, orders, schedule. @returns what became of each, in the order of `answers`. */
export async function applyAnswers(ports: Pick<RecoveryPorts, 'recordExchanges' | 'applyPayments'>, tx: Tx, answers: readonly Answer<AttemptToAsk>[], by: { readonly actor: string; readonly recoveredBy: RecoveredBy }): Promise<readonly AppliedView[]> {
  if (answers.length === 0) return [];
  await ports.recordExchanges(tx, answers.flatMap(({ asked }) => asked.exchanges));
  return ports.applyPayments(tx, answers.map(({ attempt, asked }): ViewItem => ({
    orderId: attempt.orderId, attempt: attempt.attempt, view: asked.observation, merchantAccountId: attempt.merchantAccountId,
    source: { kind: 'query', actor: by.actor, exchangeId: asked.exchanges.at(-1)?.exchangeId ?? null, notificationId: null, recoveredBy: by.recoveredBy },
  })));
}
