import { assert, type Clock, type CurrencyCode, type MemberId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { createAccounts } from '../../ledger/index.ts';
import { giveToNewcomers } from '../coupons/give-coupons.ts';
import { memberAccounts } from '../domain/settlement.ts';

/** Wallets that this process has seen committed: they are never closed, so that they need not be looked up again. */
const KNOWN_OPEN_MAX = 200_000;
const knownOpen = new Set<string>();

/** Opens a member's wallet; opening it again changes nothing. A wallet keeps the currency it was opened in. */
export async function openWallet(tx: Tx, wallet: { memberId: MemberId; currency: CurrencyCode }, options: { clock: Clock }): Promise<void> {
  await openWallets(tx, [wallet.memberId], wallet.currency, options);
}

/** `openWallet` for a batch of one operator's members: one statement when all are open already. */
export async function openWallets(tx: Tx, memberIds: readonly MemberId[], currency: CurrencyCode, { clock }: { clock: Clock }): Promise<void> {
  const operatorId = tx.operatorIds[0];
  assert(tx.operatorIds.length === 1, 'wallets are opened for one operator at a time');
  const distinct = [...new Set(memberIds)].filter((memberId) => !knownOpen.has(`${operatorId}/${memberId}`)).sort();
  if (distinct.length === 0) return;
  const missing = await tx.query<{ memberId: MemberId }>({
    name: 'wallets_missing',
    text: `select m.id as "memberId" from unnest($2::uuid[]) as m (id)
      where not exists (select 1 from wallets.wallet w where w.operator_id = $1 and w.member_id = m.id) order by m.id`,
  }, [operatorId, distinct]);
  tx.afterCommit(() => {
    if (knownOpen.size + distinct.length > KNOWN_OPEN_MAX) knownOpen.clear();
    for (const memberId of distinct) knownOpen.add(`${operatorId}/${memberId}`);
  });
  if (missing.length === 0) return;
  const events = missing.flatMap(({ memberId }) => memberAccounts(memberId, currency));
  for (const { status } of await createAccounts(tx, events, { clock })) assert(status === 'created' || status === 'exists', `a member's account: ${status}`);
  await tx.execute(
    'insert into wallets.wallet (operator_id, member_id, currency, opened_at) select $1, id, $3, $4 from unnest($2::uuid[]) as m (id) on conflict do nothing',
    [operatorId, missing.map(({ memberId }) => memberId), currency, sqlTimestamp(clock.now())]);
  await giveToNewcomers(tx, missing.map(({ memberId }) => memberId), { clock });
}
