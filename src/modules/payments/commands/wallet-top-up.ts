import { assert, ok, refuse } from '../../../kernel/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { loadMembers } from '../../parties/index.ts';
import { creditedAccount, giveForTopUps, openWallet } from '../../wallets/index.ts';
import { cashbackPostings } from '../cashback/give-cashback.ts';
import type { OrderPurposeOwner } from '../types.ts';

/** The purpose that payments owns itself: a member's wallet is credited. */
export const walletTopUp: OrderPurposeOwner = {
  async opened(tx, { subjectId, memberId, currency }, { clock }) {
    assert(memberId === subjectId, 'a top-up is for the member whose wallet it is');
    if (!(await loadMembers(tx, [memberId])).has(memberId)) return refuse({ code: 'member_not_found', memberId });
    // Now, so that being paid is nothing but booking.
    await openWallet(tx, { memberId, currency }, { clock });
    return ok(null);
  },
  creditAccount({ memberId, currency }) {
    assert(memberId !== null, 'a top-up has a member');
    return creditedAccount(memberId, currency);
  },
  /** Cashback is credited in the batch that credits the payment: whatever way the payment was learnt of, it is there when the payment is (P-11). */
  postings: cashbackPostings,
  async paid(tx, orders, { clock, channelOf }) {
    announce(tx, 'wallets.balances');
    await giveForTopUps(tx, orders.map(({ orderId, memberId, amountMinor }) => {
      assert(memberId !== null, 'a top-up has a member');
      return { orderId, memberId, amountMinor, channel: channelOf(orderId) };
    }), { clock });
  },
};
