import { assert, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { BATCH_EVENTS_MAX, createAccounts, createTransfers, type AccountEvent, type TransferEvent } from '../../ledger/index.ts';

/** Accounts that this process has seen committed. They are never removed, so that what is here need not be created again. */
const KNOWN_ACCOUNTS_MAX = 200_000;
const knownAccounts = new Set<string>();
const accountKey = (operatorId: OperatorId, id: bigint): string => `${operatorId}/${id.toString(36)}`;

export async function ensureAccounts(tx: Tx, operatorId: OperatorId, accounts: readonly AccountEvent[], clock: Clock): Promise<void> {
  const missing = [...new Map(accounts.map((account) => [account.id, account])).values()].filter((account) => !knownAccounts.has(accountKey(operatorId, account.id)));
  if (missing.length === 0) return;
  for (let from = 0; from < missing.length; from += BATCH_EVENTS_MAX) {
    const results = await createAccounts(tx, missing.slice(from, from + BATCH_EVENTS_MAX), { clock });
    for (const { status } of results) assert(status === 'created' || status === 'exists', `an account of the chart: ${status}`);
  }
  tx.afterCommit(() => {
    if (knownAccounts.size + missing.length > KNOWN_ACCOUNTS_MAX) knownAccounts.clear();
    for (const account of missing) knownAccounts.add(accountKey(operatorId, account.id));
  });
}

/** Books transfers that nothing can refuse: their ids are new, their accounts exist, and only clamped ones touch limited accounts. */
export async function book(tx: Tx, events: readonly TransferEvent[], clock: Clock): Promise<void> {
  for (let from = 0; from < events.length; from += BATCH_EVENTS_MAX) {
    const chunk = events.slice(from, from + BATCH_EVENTS_MAX);
    const results = await createTransfers(tx, chunk, { clock });
    results.forEach(({ status }, i) => assert(status === 'created', `booking transfer ${chunk[i]!.id} (code ${chunk[i]!.code ?? 0}): ${status}`));
  }
}
