import { inTx, operatorOf, type LedgerHandle } from '../handle.ts';
import type { OperatorId } from '../../../kernel/index.ts';

/** How many movements one checkpoint folds, and one link of the hash chain covers at most. */
export const CHECKPOINT_MOVEMENTS_MAX = 20_000;
export const CHAIN_LINK_MOVEMENTS_MAX = 1_000;
/** How long a job waits for transactions that were under way when it began; if they take longer, the next run does the work. */
export const STABLE_WAIT_MS = 2_000;

export type JobOptions = { readonly operatorId?: OperatorId; readonly waitMs?: number };
export type Checkpoint = { readonly accounts: number; readonly movements: number };

/**
 * Folds what moved on the operator's unlimited accounts into their rows, so that a balance stays a short sum, and indexes movements by account, so that a
 * history is found without reading the operator's whole book. Locks nobody who books.
 * Run it as a job for operators with traffic: what it has not reached is read through by every balance and history. Folds and indexes at most
 * `CHECKPOINT_MOVEMENTS_MAX` movements; call again while it returns any.
 */
export async function checkpointAccounts(handle: LedgerHandle, options: JobOptions = {}): Promise<Checkpoint> {
  const operatorId = operatorOf(handle, options);
  return inTx(handle, async (tx) => {
    const through = await stableSequence(tx, operatorId, options.waitMs);
    if (through === null) return { accounts: 0, movements: 0 };
    const [row] = await tx.query<{ accounts: number; movements: number }>('select * from ledger.fold_checkpoint($1, $2, $3)', [operatorId, through, CHECKPOINT_MOVEMENTS_MAX]);
    const [indexed] = await tx.query<{ movements: number }>('select ledger.index_movements($1, $2, $3) as movements', [operatorId, through, CHECKPOINT_MOVEMENTS_MAX]);
    return { accounts: row!.accounts, movements: Math.max(row!.movements, indexed!.movements) };
  });
}

/**
 * Adds links to the operator's hash chain for movements that no link covers yet: `hash = sha256(previous hash || digests)`. Off the hot path.
 * @returns how many movements were covered now.
 */
export async function extendHashChain(handle: LedgerHandle, options: JobOptions = {}): Promise<number> {
  const operatorId = operatorOf(handle, options);
  return inTx(handle, async (tx) => {
    const through = await stableSequence(tx, operatorId, options.waitMs);
    let covered = 0;
    if (through === null) return covered;
    for (;;) {
      const [row] = await tx.query<{ covered: number }>('select ledger.extend_chain($1, $2, $3) as covered', [operatorId, through, CHAIN_LINK_MOVEMENTS_MAX]);
      covered += row!.covered;
      if (row!.covered < CHAIN_LINK_MOVEMENTS_MAX || covered >= CHECKPOINT_MOVEMENTS_MAX) return covered;
    }
  });
}

async function stableSequence(tx: { query: (statement: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]> }, operatorId: OperatorId, waitMs = STABLE_WAIT_MS): Promise<bigint | null> {
  const [row] = await tx.query('select ledger.stable_sequence($1, $2) as sequence', [operatorId, waitMs]);
  return row!.sequence as bigint | null;
}
