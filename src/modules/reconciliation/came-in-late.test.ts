import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMs, MS_PER_HOUR } from '../../kernel/index.ts';
import { manualClock, newUuid } from '../../platform/clock/index.ts';
import { createOperator } from '../parties/index.ts';
import type { OperatorDatabase } from '../../platform/database/index.ts';
import { tradeNumber } from '../payments/index.ts';
import { inSmallPieces, newAccount, pay, statement } from './day.fixture.ts';
import { businessDay, importStatement, settleDay } from './index.ts';

const test = await openTestDatabase();
const DAY = '2026-11-20', { from, to } = businessDay(DAY);

/** Settles a day while a payment of it comes in just after it was found missing. */
async function settled(theirsMinor: bigint): Promise<readonly (readonly [string, string])[]> {
  const clock = manualClock(addMs(to, 12 * MS_PER_HOUR));
  const created = await createOperator(test.database, { code: `late-${newUuid().slice(-12)}`, name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  const odb = test.database.forOperator(created.value), merchantAccountId = await newAccount(odb, '1900000001'), orderId = newUuid();
  const day = { merchantAccountId, businessDate: DAY, currency: 'CNY', actor: 'system' } as const;
  const line = { number: tradeNumber({ environment: 'L', orderId, attempt: 1 }), minor: theirsMinor, feeMinor: 0n };
  await importStatement(odb, { ...day, format: 'wechatpay_trade', source: 'upload', importedBy: 'test', content: inSmallPieces(statement([line])), hash: null }, { clock });
  let cameIn = false;
  const watched: OperatorDatabase = { ...odb, transaction: async (work) => {
    const result = await odb.transaction(work);
    const [run] = cameIn ? [] : await odb.transaction((tx) => tx.query('select 1 from reconciliation.run where operator_id = $1', [odb.operatorId]));
    if (run !== undefined) { cameIn = true; await pay(odb, merchantAccountId, 4_000n, addMs(from, MS_PER_HOUR), null, orderId); }
    return result;
  } };
  await settleDay(watched, day, { clock, purposes: new Map() as never, channels: { forAccount: () => Promise.resolve({ environment: 'L', enabled: true, channel: {} }) } as never });
  assert.ok(cameIn, 'it came in after the first match');
  return (await odb.transaction((tx) => tx.query<{ kind: string; state: string }>('select kind, state from reconciliation.break where operator_id = $1 order by opened_at, kind', [odb.operatorId]))).map(({ kind, state }) => [kind, state] as const);
}

describe('C-22 a payment that comes in while its day is settled', () => {
  it('C-22 is matched in the same settling, whoever brought it in', async () => {
    assert.deepEqual(await settled(4_000n), [['missing_here', 'resolved']]);
  });

  it('C-22 with another amount than the statement has is a difference of the amount at once, and no longer a payment that is missing', async () => {
    assert.deepEqual(await settled(4_001n), [['amount_differs', 'open'], ['missing_here', 'resolved']]);
  });
});
