import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { instant } from '../../kernel/index.ts';
import { AMOUNT_MAX, CREATE_ACCOUNT_STATUSES, CREATE_TRANSFER_STATUSES, ID_MAX, lookupTransfers, type AccountEvent, type CreateAccountStatus, type CreateTransferStatus, type TransferEvent } from './index.ts';
import { openBooks, transferOf, type Books } from './testing-books.ts';

const test = await openTestDatabase();
const books = (): Books => openBooks(test.database, newOperatorId());

/**
 * One row per status, in order of precedence: the table is the specification. Where it can, an event breaks later rules too, so that the order shows.
 */
const ACCOUNTS: readonly (readonly [CreateAccountStatus, AccountEvent | readonly AccountEvent[]])[] = [
  ['created', { id: 1n, ledger: 1, code: 1, userData128: 7n, userData64: 8n, userData32: 9, flags: { history: true } }],
  ['linked_event_failed', [{ id: 2n, ledger: 1, code: 1, flags: { linked: true } }, { id: 0n }]],
  ['linked_event_chain_open', { id: 0n, flags: { linked: true, imported: true } as never }],
  ['reserved_flag', { id: 0n, flags: { imported: true } as never }],
  ['id_must_not_be_zero', { id: 0n }],
  ['id_must_not_be_int_max', { id: ID_MAX }],
  ['exists_with_different_flags', { id: 1n, flags: { debitsMustNotExceedCredits: true, creditsMustNotExceedDebits: true } }],
  ['exists_with_different_user_data_128', { id: 1n, flags: { history: true } }],
  ['exists_with_different_user_data_64', { id: 1n, flags: { history: true }, userData128: 7n }],
  ['exists_with_different_user_data_32', { id: 1n, flags: { history: true }, userData128: 7n, userData64: 8n }],
  ['exists_with_different_ledger', { id: 1n, flags: { history: true }, userData128: 7n, userData64: 8n, userData32: 9 }],
  ['exists_with_different_code', { id: 1n, ledger: 1, flags: { history: true }, userData128: 7n, userData64: 8n, userData32: 9 }],
  ['exists', { id: 1n, ledger: 1, code: 1, flags: { history: true }, userData128: 7n, userData64: 8n, userData32: 9, debitsPosted: 5n }],
  ['flags_are_mutually_exclusive', { id: 3n, debitsPending: 1n, flags: { debitsMustNotExceedCredits: true, creditsMustNotExceedDebits: true } }],
  ['debits_pending_must_be_zero', { id: 3n, debitsPending: 1n, debitsPosted: 1n }],
  ['debits_posted_must_be_zero', { id: 3n, debitsPosted: 1n, creditsPending: 1n }],
  ['credits_pending_must_be_zero', { id: 3n, creditsPending: 1n, creditsPosted: 1n }],
  ['credits_posted_must_be_zero', { id: 3n, creditsPosted: 1n }],
  ['ledger_must_not_be_zero', { id: 3n }],
  ['code_must_not_be_zero', { id: 3n, ledger: 1 }],
];

/** Accounts: 1, 2 plain; 3 debits must not exceed credits; 4 credits must not exceed debits; 5 on ledger 2; 6, 7 near the maximum; 8 closed. */
async function setTheTable(b: Books): Promise<void> {
  const plain = { ledger: 1, code: 1 };
  await b.accounts(
    { id: 1n, ...plain }, { id: 2n, ...plain }, { id: 3n, ...plain, flags: { debitsMustNotExceedCredits: true } }, { id: 4n, ...plain, flags: { creditsMustNotExceedDebits: true } },
    { id: 5n, ledger: 2, code: 1 }, { id: 6n, ...plain }, { id: 7n, ...plain }, { id: 8n, ...plain, flags: { closed: true } }, { id: 9n, ...plain },
  );
  assert.deepEqual(await b.transfers(
    transferOf(100n, { userData128: 7n, userData64: 8n, userData32: 9 }), // booked
    transferOf(101n, { flags: { pending: true } }), transferOf(102n, { flags: { pending: true } }), transferOf(103n, { flags: { pending: true } }), // pending, to be posted, to be voided
    transferOf(104n, { flags: { pending: true }, timeout: 1 }), // to expire
    transferOf(105n, { pendingId: 102n, amount: AMOUNT_MAX, flags: { postPendingTransfer: true } }), { id: 106n, pendingId: 103n, flags: { voidPendingTransfer: true } },
    transferOf(107n, { debitAccountId: 9n, flags: { pending: true } }), transferOf(108n, { debitAccountId: 9n, creditAccountId: 2n, flags: { pending: true, closingDebit: true } }),
    transferOf(109n, { creditAccountId: 8n }), // burnt
    transferOf(110n, { timeout: 5, flags: { pending: true } }),
  ), [...Array<string>(9).fill('created'), 'credit_account_already_closed', 'created']);
  b.clock.advance(1_000);
}

const post = (id: bigint, pendingId: bigint, more: Partial<TransferEvent> = {}): TransferEvent => ({ id, pendingId, amount: 10n, ...more, flags: { postPendingTransfer: true, ...more.flags } });
const same = { userData128: 7n, userData64: 8n, userData32: 9 };

const TRANSFERS: readonly (readonly [CreateTransferStatus, TransferEvent | readonly TransferEvent[], ((b: Books) => Promise<unknown>)?])[] = [
  ['created', transferOf(1n, { amount: 0n })],
  ['linked_event_failed', [transferOf(2n, { flags: { linked: true } }), transferOf(0n)]],
  ['linked_event_chain_open', { id: 0n, flags: { linked: true, imported: true } as never }],
  ['reserved_flag', { id: 0n, flags: { imported: true } as never }],
  ['id_must_not_be_zero', { id: 0n }],
  ['id_must_not_be_int_max', { id: ID_MAX }],
  ['exists_with_different_flags', { id: 100n, flags: { pending: true }, pendingId: 1n }],
  ['exists_with_different_pending_id', { id: 100n, pendingId: 1n, timeout: 1 }],
  ['exists_with_different_timeout', { id: 100n, timeout: 1 }],
  ['exists_with_different_debit_account_id', { id: 100n, debitAccountId: 2n }],
  ['exists_with_different_credit_account_id', { id: 100n, debitAccountId: 1n }],
  ['exists_with_different_amount', { id: 100n, debitAccountId: 1n, creditAccountId: 2n, amount: 11n }],
  ['exists_with_different_user_data_128', { id: 100n, debitAccountId: 1n, creditAccountId: 2n, amount: 10n }],
  ['exists_with_different_user_data_64', { id: 100n, debitAccountId: 1n, creditAccountId: 2n, amount: 10n, userData128: 7n }],
  ['exists_with_different_user_data_32', { id: 100n, debitAccountId: 1n, creditAccountId: 2n, amount: 10n, userData128: 7n, userData64: 8n }],
  ['exists_with_different_ledger', { id: 100n, debitAccountId: 1n, creditAccountId: 2n, amount: 10n, ...same }],
  ['exists_with_different_code', { id: 100n, debitAccountId: 1n, creditAccountId: 2n, amount: 10n, ledger: 1, ...same }],
  ['exists', transferOf(100n, same)],
  ['id_already_failed', { id: 109n, flags: { postPendingTransfer: true, pending: true } }],
  ['flags_are_mutually_exclusive', post(3n, 0n, { flags: { pending: true } })],
  ['debit_account_id_must_not_be_zero', { id: 3n }],
  ['debit_account_id_must_not_be_int_max', { id: 3n, debitAccountId: ID_MAX }],
  ['credit_account_id_must_not_be_zero', { id: 3n, debitAccountId: 1n, pendingId: 1n }],
  ['credit_account_id_must_not_be_int_max', { id: 3n, debitAccountId: 1n, creditAccountId: ID_MAX }],
  ['accounts_must_be_different', { id: 3n, debitAccountId: 1n, creditAccountId: 1n, pendingId: 1n }],
  ['pending_id_must_be_zero', { id: 3n, debitAccountId: 1n, creditAccountId: 2n, pendingId: 1n, timeout: 1 }],
  ['pending_id_must_not_be_zero', post(3n, 0n, { timeout: 1 })],
  ['pending_id_must_not_be_int_max', post(3n, ID_MAX, { timeout: 1 })],
  ['pending_id_must_be_different', post(3n, 3n, { timeout: 1 })],
  ['timeout_reserved_for_pending_transfer', { id: 3n, debitAccountId: 1n, creditAccountId: 2n, timeout: 1, flags: { closingDebit: true } }],
  ['closing_transfer_must_be_pending', { id: 3n, debitAccountId: 1n, creditAccountId: 2n, flags: { closingDebit: true } }],
  ['ledger_must_not_be_zero', { id: 3n, debitAccountId: 98n, creditAccountId: 99n }],
  ['code_must_not_be_zero', { id: 3n, debitAccountId: 98n, creditAccountId: 99n, ledger: 1 }],
  ['debit_account_not_found', transferOf(10n, { debitAccountId: 98n, creditAccountId: 99n })],
  ['credit_account_not_found', transferOf(11n, { creditAccountId: 99n })],
  ['accounts_must_have_the_same_ledger', transferOf(3n, { creditAccountId: 5n, ledger: 3 })],
  ['transfer_must_have_the_same_ledger_as_accounts', transferOf(3n, { debitAccountId: 8n, ledger: 2 })],
  ['pending_transfer_not_found', post(12n, 97n, { debitAccountId: 2n })],
  ['pending_transfer_not_pending', post(3n, 100n, { debitAccountId: 2n })],
  ['pending_transfer_has_different_debit_account_id', post(3n, 102n, { debitAccountId: 2n, creditAccountId: 1n })],
  ['pending_transfer_has_different_credit_account_id', post(3n, 102n, { creditAccountId: 1n, ledger: 2 })],
  ['pending_transfer_has_different_ledger', post(3n, 102n, { ledger: 2, code: 2 })],
  ['pending_transfer_has_different_code', post(3n, 102n, { code: 2, amount: 11n })],
  ['exceeds_pending_transfer_amount', post(3n, 102n, { amount: 11n })],
  ['pending_transfer_has_different_amount', { id: 3n, pendingId: 102n, amount: 9n, flags: { voidPendingTransfer: true } }],
  ['pending_transfer_already_posted', post(3n, 102n)],
  ['pending_transfer_already_voided', post(3n, 103n)],
  ['pending_transfer_expired', post(3n, 104n)],
  ['debit_account_already_closed', transferOf(13n, { debitAccountId: 8n, creditAccountId: 9n })],
  ['credit_account_already_closed', transferOf(14n, { creditAccountId: 9n })],
  ['overflows_debits_pending', transferOf(3n, { debitAccountId: 6n, creditAccountId: 7n, amount: AMOUNT_MAX, flags: { pending: true } }),
    async (b) => { await b.setBalances(6n, { debitsPending: 1n, debitsPosted: 1n }); await b.setBalances(7n, { creditsPending: 1n, creditsPosted: 1n }); }],
  ['overflows_credits_pending', transferOf(3n, { debitAccountId: 6n, creditAccountId: 7n, amount: AMOUNT_MAX, flags: { pending: true } }), (b) => b.setBalances(6n, { debitsPosted: 1n })],
  ['overflows_debits_posted', transferOf(3n, { debitAccountId: 6n, creditAccountId: 7n, amount: AMOUNT_MAX })],
  ['overflows_credits_posted', transferOf(3n, { debitAccountId: 6n, creditAccountId: 7n, amount: AMOUNT_MAX }), (b) => b.setBalances(6n, { debitsPending: 1n })],
  ['overflows_debits', transferOf(3n, { debitAccountId: 6n, creditAccountId: 7n, amount: AMOUNT_MAX }), (b) => b.setBalances(7n, { creditsPending: 1n })],
  ['overflows_credits', transferOf(3n, { debitAccountId: 6n, creditAccountId: 7n, amount: AMOUNT_MAX }), (b) => b.setBalances(6n, {})],
  ['overflows_timeout', transferOf(3n, { debitAccountId: 3n, creditAccountId: 4n, timeout: 4_294_967_295, flags: { pending: true } }),
    (b) => { b.clock.set(instant(Date.UTC(2200, 0, 1))); return Promise.resolve(); }],
  ['exceeds_credits', transferOf(15n, { debitAccountId: 3n, creditAccountId: 4n })],
  ['exceeds_debits', transferOf(16n, { creditAccountId: 4n })],
];

describe('statuses', () => {
  it('of accounts come in order of precedence, one row each', async () => {
    const b = books();
    for (const [status, event] of ACCOUNTS) {
      const events = Array.isArray(event) ? (event as AccountEvent[]) : [event as AccountEvent];
      assert.equal((await b.accounts(...events))[0], status, `${status}: ${String(events[0]!.id)}`);
    }
    assert.deepEqual(ACCOUNTS.map(([status]) => status), CREATE_ACCOUNT_STATUSES);
  });

  it('of transfers come in order of precedence, one row each, in a batch or alone', async () => {
    assert.deepEqual(TRANSFERS.map(([status]) => status), CREATE_TRANSFER_STATUSES);
    const b = books();
    await setTheTable(b);
    for (const [status, event, arrange] of TRANSFERS) {
      await arrange?.(b);
      const events = Array.isArray(event) ? (event as TransferEvent[]) : [event as TransferEvent];
      assert.equal((await b.transfers(...events))[0], status, status);
      if (events.length === 1 && status !== 'created' && status !== 'linked_event_chain_open') {
        // Among others, and in a caller's transaction, it is the same; what burnt its id says so.
        const burns = ['debit_account_not_found', 'credit_account_not_found', 'pending_transfer_not_found', 'exceeds_credits', 'exceeds_debits', 'debit_account_already_closed', 'credit_account_already_closed'];
        const again = await b.transfers(transferOf(1n, { amount: 0n }), events[0]!, transferOf(1n, { amount: 0n }));
        assert.deepEqual(again, ['exists', burns.includes(status) ? 'id_already_failed' : status, 'exists'], `${status}, again`);
      }
    }
  });

  it('of a repeated post or void compare what was left zero with the pending transfer', async () => {
    const b = books();
    await b.open(2);
    const held = { ...same, flags: { pending: true } };
    await b.transfers(transferOf(1n, held), transferOf(2n, held), transferOf(3n, held));
    assert.deepEqual(await b.transfers(post(11n, 1n, { amount: AMOUNT_MAX }), post(12n, 2n, { amount: 4n, userData64: 5n }), { id: 13n, pendingId: 3n, flags: { voidPendingTransfer: true } }), ['created', 'created', 'created']);
    const cases: [CreateTransferStatus, TransferEvent][] = [
      ['exists', post(11n, 1n, { amount: AMOUNT_MAX })], ['exists', post(11n, 1n)], ['exists', post(11n, 1n, { ...same, debitAccountId: 1n, creditAccountId: 2n, ledger: 1, code: 1 })],
      ['exists_with_different_amount', post(11n, 1n, { amount: 9n })], ['exists_with_different_amount', post(12n, 2n, { amount: AMOUNT_MAX, userData64: 5n })],
      ['exists_with_different_user_data_64', post(12n, 2n, { amount: 4n })], ['exists', post(12n, 2n, { amount: 4n, userData64: 5n })],
      ['exists_with_different_user_data_128', post(11n, 1n, { userData128: 1n })], ['exists_with_different_user_data_32', post(11n, 1n, { userData32: 1 })],
      ['exists_with_different_ledger', post(11n, 1n, { ledger: 2 })], ['exists_with_different_code', post(11n, 1n, { code: 2 })],
      ['exists_with_different_debit_account_id', post(11n, 1n, { debitAccountId: 2n })], ['exists_with_different_credit_account_id', post(11n, 1n, { creditAccountId: 1n })],
      ['exists_with_different_pending_id', post(11n, 2n)], ['exists_with_different_flags', { id: 11n, pendingId: 1n, flags: { voidPendingTransfer: true } }],
      ['exists', { id: 13n, pendingId: 3n, flags: { voidPendingTransfer: true } }], ['exists', { id: 13n, pendingId: 3n, amount: 10n, flags: { voidPendingTransfer: true } }],
      ['exists_with_different_amount', { id: 13n, pendingId: 3n, amount: 9n, flags: { voidPendingTransfer: true } }],
      ['exists_with_different_timeout', { id: 13n, pendingId: 3n, timeout: 1, flags: { voidPendingTransfer: true } }],
    ];
    for (const [status, event] of cases) assert.deepEqual(await b.transfers(event), [status], `${status} ${String(event.id)}`);
    const [posted] = await lookupTransfers(b.handle, [12n], b.options);
    assert.deepEqual([posted!.amount, posted!.userData128, posted!.userData64, posted!.debitAccountId, posted!.code], [4n, 7n, 5n, 1n, 1]);
  });

  it('carry the timestamp of what was created, the original one when it exists, and never one twice', async () => {
    const { createTransfers } = await import('./index.ts');
    const b = books();
    await b.open(2);
    const first = await createTransfers(b.handle, [transferOf(1n), transferOf(2n), transferOf(3n, { ledger: 9 })], b.options);
    b.clock.advance(5);
    const second = await createTransfers(b.handle, [transferOf(1n), transferOf(4n)], b.options);
    assert.equal(second[0]!.timestamp, first[0]!.timestamp);
    const stamps = [...first, second[1]!].map((result) => result.timestamp);
    assert.equal(new Set(stamps).size, stamps.length);
    assert.equal((await lookupTransfers(b.handle, [2n], b.options))[0]!.timestamp, first[1]!.timestamp);
    assert.equal(second[1]!.timestamp / 1_000_000n, BigInt(b.clock.now()));
  });
});
