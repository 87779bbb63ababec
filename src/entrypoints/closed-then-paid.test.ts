import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openTestDatabase } from '../../test/support/database.ts';
import { CASE_CHANNELS, CASE_POLICIES, playClosedThenPaid } from './closed-then-paid.ts';

const { database } = await openTestDatabase();

describe('kirchhoff demo closed-then-paid', () => {
  for (const channel of CASE_CHANNELS) for (const policy of CASE_POLICIES) {
    test(`P-04 an order that ${channel} closed and then took money for is ${policy === 'complete' ? 'completed' : 'refunded'} once, over the wire, and the books balance`, async () => {
      const told: string[] = [];
      const result = await playClosedThenPaid(database, { channel, policy, amountMinor: 10_000n }, ({ what }) => told.push(what));
      assert.deepEqual(result.checks.filter(({ holds }) => !holds), []);
      assert.equal(result.audit.balanced, true, result.audit.lines.join('\n'));
      assert.equal(result.good, true);
      assert.equal(told.length, result.steps.length);
      assert.equal(result.steps.at(-1)!.books.walletMinor, policy === 'complete' ? 10_000n : 0n);
    });
  }
});
