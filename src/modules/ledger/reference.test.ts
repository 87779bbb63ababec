import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { ACCOUNT, accountId, accountSpec, CREATE_ACCOUNT_STATUSES, CREATE_TRANSFER_STATUSES, currencyOfLedger, ENERGY_LEDGER, moneyLedger, transferId, TRANSIENT_STATUSES } from './index.ts';

describe('the ledger reference', () => {
  it('lists every status in order, marks those that burn an id, and has every account of the chart', async () => {
    const text = await readFile(new URL('../../../docs/reference/ledger.md', import.meta.url), 'utf8');
    const listed = (heading: string): string[] => {
      const section = text.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
      return [...section.slice(section.indexOf('Statuses, in order')).matchAll(/`([a-z0-9_]+)`(\*?)/g)].map((match) => match[1]! + match[2]!);
    };
    assert.deepEqual(listed('Accounts'), CREATE_ACCOUNT_STATUSES);
    assert.deepEqual(listed('Transfers'), CREATE_TRANSFER_STATUSES.map((status) => (TRANSIENT_STATUSES.has(status) ? `${status}*` : status)));
    for (const [kind, code] of Object.entries(ACCOUNT)) assert.ok(text.includes(`\`${kind}\``) && text.includes(String(code)), kind);
  });
});

describe('the chart of accounts', () => {
  it('gives ids that are stable and apart for kinds, ledgers, subjects and purposes', () => {
    const subject = '0190a6f0-0000-7000-8000-000000000001';
    const ids = [accountId('member_wallet', 156, subject), accountId('member_wallet', 840, subject), accountId('member_receivable', 156, subject), accountId('cash_desk', 156, null), transferId('bill', 'a', 'bc'), transferId('bill', 'ab', 'c')];
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(accountSpec('member_wallet', 156, subject).id, ids[0]);
    assert.deepEqual([moneyLedger('CNY'), currencyOfLedger(826), currencyOfLedger(ENERGY_LEDGER)], [156, 'GBP', null]);
    assert.equal(transferId('bill', 1, 2n), transferId('bill', '1', '2'));
  });
});
