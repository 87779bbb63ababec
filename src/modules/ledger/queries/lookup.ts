import type { Row, Tx } from '../../../platform/database/index.ts';
import { accountFlagsOf, ACCOUNT_FLAG, type Account } from '../domain/account.ts';
import { transferFlagsOf, type Transfer } from '../domain/transfer.ts';
import { inTx, operatorOf, type LedgerHandle, type LedgerOptions } from '../handle.ts';
import { expireDue } from '../store/expire.ts';
import { bigIntOfUuid, sqlArray, sqlUuid, unsigned64 } from '../store/sql-array.ts';

const SELECT_ACCOUNTS = {
  name: 'ledger_lookup_accounts',
  text: `select a.id, a.flags, a.ledger, a.code, a.closed, a.user_data_128, a.user_data_64, a.user_data_32, a.timestamp_ns,
      b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted
    from unnest($2::uuid[]) with ordinality k (id, position)
    cross join lateral (select x.* from ledger.account x where x.operator_id = $1::uuid and x.id = k.id offset 0) a
    join ledger.balances_of_many($1::uuid, $2::uuid[]) b on b.id = k.id order by k.position`,
};
const SELECT_TRANSFERS = {
  name: 'ledger_lookup_transfers',
  text: `select t.* from unnest($2::uuid[]) with ordinality k (id, position)
    cross join lateral (select * from ledger.transfer x where x.operator_id = $1::uuid and x.id = k.id offset 0) t where t.refused_as is null order by k.position`,
};
const DUE = {
  name: 'ledger_due',
  text: `select exists (select 1 from ledger.pending_transfer where operator_id = $1::uuid and status = 'pending' and expires_at_ns <= $2) as due`,
};

/** @returns the accounts that exist, in the order of `ids`, with their balances of now; lapsed holds are released first. */
export async function lookupAccounts(handle: LedgerHandle, ids: readonly bigint[], options: LedgerOptions): Promise<Account[]> {
  const operatorId = operatorOf(handle, options);
  return inTx(handle, async (tx) => {
    await expireBeforeReading(tx, options, operatorId);
    const rows = await tx.query(SELECT_ACCOUNTS, [operatorId, sqlArray(ids.map(sqlUuid))]);
    return rows.map(accountOf);
  });
}

/** @returns the transfers that exist, in the order of `ids`. */
export async function lookupTransfers(handle: LedgerHandle, ids: readonly bigint[], options: LedgerOptions): Promise<Transfer[]> {
  const operatorId = operatorOf(handle, options);
  const rows = await inTx(handle, (tx) => tx.query(SELECT_TRANSFERS, [operatorId, sqlArray(ids.map(sqlUuid))]));
  return rows.map(transferOf);
}

export async function expireBeforeReading(tx: Tx, options: LedgerOptions, operatorId = operatorOf(tx, options)): Promise<void> {
  const rows = await tx.query(DUE, [operatorId, BigInt(options.clock.now()) * 1_000_000n]);
  if (rows[0]!.due === true) await expireDue(tx, operatorId, [], options.clock);
}

function accountOf(row: Row): Account {
  return {
    id: bigIntOfUuid(row.id as string), ledger: Number(row.ledger), code: row.code as number,
    flags: accountFlagsOf((row.flags as number) | (row.closed === true ? ACCOUNT_FLAG.closed : 0)),
    userData128: bigIntOfUuid(row.user_data_128 as string | null), userData64: unsigned64(row.user_data_64 as bigint | null),
    userData32: Number(row.user_data_32 ?? 0n), timestamp: row.timestamp_ns as bigint,
    debitsPending: row.debits_pending as bigint, debitsPosted: row.debits_posted as bigint,
    creditsPending: row.credits_pending as bigint, creditsPosted: row.credits_posted as bigint,
  };
}

function transferOf(row: Row): Transfer {
  return {
    id: bigIntOfUuid(row.id as string), debitAccountId: bigIntOfUuid(row.debit_account_id as string), creditAccountId: bigIntOfUuid(row.credit_account_id as string),
    amount: row.amount as bigint, pendingId: bigIntOfUuid(row.pending_id as string | null), userData128: bigIntOfUuid(row.user_data_128 as string | null),
    userData64: unsigned64(row.user_data_64 as bigint | null), userData32: Number(row.user_data_32 ?? 0n), timeout: Number(row.timeout),
    ledger: Number(row.ledger), code: row.code as number, flags: transferFlagsOf(row.flags as number), timestamp: row.timestamp_ns as bigint,
  };
}
