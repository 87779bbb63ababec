import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulatePayments } from '../../src/entrypoints/simulate-payments.ts';
import { openTestDatabase } from '../support/database.ts';

const { database } = await openTestDatabase({ poolSizeMax: 16 });
/** Another seed every day; what failed is run again with KIRCHHOFF_SIMULATION_SEED. */
const seed = Number(process.env.KIRCHHOFF_SIMULATION_SEED ?? Math.floor(Date.now() / 86_400_000));
const ORDERS = Number(process.env.KIRCHHOFF_SIMULATION_ORDERS ?? 300);

test(`payments with every fault of the channels end with every fen in the right place, to the fen of what the channels say, and the books balance (seed ${seed})`, async (context) => {
  const result = await simulatePayments(database, { seed, orders: ORDERS }, { onProgress: () => undefined });
  const { payments, problems } = result.comparison;
  context.diagnostic(`seed ${seed}: ${result.orders} orders, ${payments.length} payments, ${result.refunds} refunds, ${result.breaks} breaks in ${result.seconds.toFixed(1)} s`);
  assert.deepEqual(payments.filter(({ verdict }) => verdict === 'wrong'), [], 'no payment is lost, credited twice or credited unpaid');
  assert.deepEqual(problems, [], 'nothing differs');
  assert.equal(result.audit.balanced, true, result.audit.lines.join('\n'));
  assert.ok(result.cashbacks > 0 && result.coupons > 0, 'gifts are given');
  for (const verdict of ['credited', 'returned', 'unpaid'] as const) assert.ok(payments.some((payment) => payment.verdict === verdict), `some are ${verdict}`);
});
