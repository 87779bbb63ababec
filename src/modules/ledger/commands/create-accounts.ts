import { assert, type OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountFlagBits, ACCOUNT_FLAG, AMOUNT_MAX, checkAccount, ID_MAX, isUnsigned, U16_MAX, U32_MAX, USER_DATA_64_MAX, type AccountEvent, type AccountRecord, type CreateAccountResult } from '../domain/account.ts';
import { runChained } from '../domain/batch.ts';
import { inTx, operatorOf, type LedgerHandle, type LedgerOptions } from '../handle.ts';
import { FLUSH_ATTEMPTS_MAX } from '../store/flush.ts';
import { bigIntOfUuid, sqlArray, sqlUnsigned64, sqlUuid, sqlUuidOrNull, unsigned64 } from '../store/sql-array.ts';
import { takeTimestamps } from '../store/timestamp.ts';

/** How many events one call takes. */
export const BATCH_EVENTS_MAX = 8_190;

const SELECT = {
  name: 'ledger_select_accounts',
  text: `select a.* from unnest($2::uuid[]) k (id) cross join lateral (select * from ledger.account x where x.operator_id = $1::uuid and x.id = k.id offset 0) a`,
};
const WRITE = { name: 'ledger_write_accounts', text: 'select ledger.write_accounts($1,$2,$3,$4,$5,$6,$7,$8,$9) as written' };

/**
 * Creates accounts with ids given by the caller, unique per operator; see `CREATE_ACCOUNT_STATUSES` for the refusals and their order.
 * A repeat is `exists`. Limits: `BATCH_EVENTS_MAX` events.
 * @returns one status per event, in order.
 */
export async function createAccounts(handle: LedgerHandle, events: readonly AccountEvent[], options: LedgerOptions): Promise<CreateAccountResult[]> {
  assert(events.length <= BATCH_EVENTS_MAX, `a batch has at most ${BATCH_EVENTS_MAX} events`);
  for (const event of events) assertAccountRanges(event);
  if (events.length === 0) return [];
  const operatorId = operatorOf(handle, options);
  return inTx(handle, async (tx) => {
    for (let attempt = 1; attempt <= FLUSH_ATTEMPTS_MAX; attempt++) {
      const known = await readAccounts(tx, operatorId, events);
      const created: AccountRecord[] = [];
      const results = execute(known, events, takeTimestamps(options.clock, events.length), created);
      if (await writeAccounts(tx, operatorId, created)) return results;
    }
    throw new Error(`a batch of accounts did not settle in ${FLUSH_ATTEMPTS_MAX} attempts`);
  });
}

function execute(known: Map<bigint, AccountRecord>, events: readonly AccountEvent[], timestamp: bigint, created: AccountRecord[]): CreateAccountResult[] {
  let chainStart = 0;
  return runChained<AccountEvent, CreateAccountResult['status']>(events, timestamp, {
    isLinked: (event) => (accountFlagBits(event.flags) & ACCOUNT_FLAG.linked) !== 0,
    apply: (event, at) => {
      const { record, ...result } = checkAccount(event, known.get(event.id), at);
      if (record !== undefined) { created.push(record); known.set(record.id, record); }
      return result;
    },
    open: () => { chainStart = created.length; },
    close: (keep) => { if (!keep) for (const record of created.splice(chainStart)) known.delete(record.id); },
  });
}

async function readAccounts(tx: Tx, operatorId: OperatorId, events: readonly AccountEvent[]): Promise<Map<bigint, AccountRecord>> {
  const ids = [...new Set(events.map((event) => event.id))];
  const rows = await tx.query(SELECT, [operatorId, sqlArray(ids.map(sqlUuid))]);
  return new Map(rows.map((row) => {
    const id = bigIntOfUuid(row.id as string);
    return [id, {
      id, flags: (row.flags as number) | (row.closed === true ? ACCOUNT_FLAG.closed : 0), ledger: Number(row.ledger), code: row.code as number,
      userData128: bigIntOfUuid(row.user_data_128 as string | null), userData64: unsigned64(row.user_data_64 as bigint | null),
      userData32: Number(row.user_data_32 ?? 0n), timestamp: row.timestamp_ns as bigint,
    }];
  }));
}

async function writeAccounts(tx: Tx, operatorId: OperatorId, created: readonly AccountRecord[]): Promise<boolean> {
  if (created.length === 0) return true;
  const rows = await tx.query(WRITE, [
    operatorId, sqlArray(created.map((a) => sqlUuid(a.id))), sqlArray(created.map((a) => a.flags)), sqlArray(created.map((a) => a.ledger)),
    sqlArray(created.map((a) => a.code)), sqlArray(created.map((a) => sqlUuidOrNull(a.userData128))), sqlArray(created.map((a) => sqlUnsigned64(a.userData64))),
    sqlArray(created.map((a) => (a.userData32 === 0 ? null : a.userData32))), sqlArray(created.map((a) => a.timestamp)),
  ]);
  return rows[0]!.written === true;
}

function assertAccountRanges(event: AccountEvent): void {
  assert(event.id >= 0n && event.id <= ID_MAX, 'an account id is between 0 and 2^128 - 1');
  assert((event.userData128 ?? 0n) >= 0n && (event.userData128 ?? 0n) <= ID_MAX, 'userData128 is an unsigned 128-bit integer');
  assert((event.userData64 ?? 0n) >= 0n && (event.userData64 ?? 0n) <= USER_DATA_64_MAX, 'userData64 is an unsigned 64-bit integer');
  assert(isUnsigned(event.userData32 ?? 0, U32_MAX), 'userData32 is an unsigned 32-bit integer');
  assert(isUnsigned(event.ledger ?? 0, U32_MAX), 'ledger is an unsigned 32-bit integer');
  assert(isUnsigned(event.code ?? 0, U16_MAX), 'code is an unsigned 16-bit integer');
  for (const balance of [event.debitsPending, event.debitsPosted, event.creditsPending, event.creditsPosted]) {
    assert(balance === undefined || (balance >= 0n && balance <= AMOUNT_MAX), 'a balance is between 0 and AMOUNT_MAX');
  }
}
