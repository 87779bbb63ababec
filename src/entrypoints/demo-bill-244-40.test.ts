import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../test/support/database.ts';
import { storyStepText, storyText } from './demo-bill-244-40.ts';
import { playBill24440 } from './demo-bill-244-40-story.ts';

const { database } = await openTestDatabase();

describe('kirchhoff demo bill-244-40', () => {
  it('C-10 the bill of 244.40 lived over the wire: 128.63 kWh is refused, 36.36 kWh and 69.08 are proposed, one click posts the reversible 175.32, and the books balance at each step', async () => {
    const told: string[] = [];
    const result = await playBill24440(database, (step) => told.push(storyStepText(step, told.length + 1)));
    assert.deepEqual(result.checks.filter(({ holds }) => !holds), [], told.join('\n'));
    assert.equal(result.audit.balanced, true, result.audit.lines.join('\n'));
    assert.equal(result.good, true);
    assert.equal(told.length, result.steps.length);
    const wallets = result.steps.map(({ books }) => books.walletMinor);
    assert.ok(wallets.includes(50_000n - 24_440n) && wallets.includes(50_000n - 6_908n), wallets.join());
    assert.deepEqual(result.versions.map((line) => line.replaceAll(/\s+/g, ' ').split(' ').slice(2)), [
      ['closed_by_evidence', 'settled', '128.63', 'kWh', '¥244.40'], ['corrected', 'settled', '36.36', 'kWh', '¥69.08'],
      ['correction_reverted', 'settled', '128.63', 'kWh', '¥244.40'], ['corrected', 'settled', '36.36', 'kWh', '¥69.08'],
    ]);
    assert.match(storyText(result), /Every fen is where it belongs/);
  });
});
