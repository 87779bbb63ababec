/** What was given away is what coupons and cashback say, from both sides. Reads only. */
import { currencyOfLedger, lookupAccounts, accountId, moneyLedger, sumsByCode } from '../../ledger/index.ts';
import type { Clock, CurrencyCode } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { couponsInUse } from '../../wallets/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { PAYMENT_TRANSFER } from '../domain/transfer-code.ts';
import type { PaymentAuditCheck } from '../queries/audit.ts';
import { onlyOperator } from '../store/orders.ts';

export async function auditPromotions(tx: Tx, { clock }: { readonly clock: Clock }): Promise<PaymentAuditCheck[]> {
  const { currency } = await loadOperator(tx);
  const [sums] = await tx.query<{ orders: number; given: bigint; taken: bigint; moved: bigint; transfers: number; stated: bigint }>(
    `select count(*)::int as orders, coalesce(sum(c.amount_minor), 0)::bigint as given, coalesce(sum(c.taken_back_minor), 0)::bigint as stated,
       coalesce((select sum(b.taken_minor) filter (where b.returned_transfer_id is null) from payments.cashback_take_back b where b.operator_id = $1), 0)::bigint as taken,
       (coalesce(sum(c.amount_minor), 0) + coalesce((select sum(b.taken_minor * case when b.returned_transfer_id is null then 1 else 2 end) from payments.cashback_take_back b where b.operator_id = $1), 0))::bigint as moved
     from payments.cashback c where c.operator_id = $1`, [onlyOperator(tx)]);
  const { orders, given, taken, moved, stated } = sums!;
  const failures: { id: string; detail: string }[] = [];
  if (stated !== taken) failures.push({ id: 'taken_back', detail: `orders say ${stated} was taken back, refunds and chargebacks ${taken}` });
  const booked = (await sumsByCode(tx, [PAYMENT_TRANSFER.cashback], { clock })).filter(({ ledger }) => currencyOfLedger(ledger) === currency).reduce((sum, { postedMinor }) => sum + postedMinor, 0n);
  if (booked !== moved) failures.push({ id: 'cashback', detail: `cashback says ${moved} has moved, the ledger ${booked}` });
  const expense = await expenseOf(tx, currency, clock), used = await couponsInUse(tx);
  if (expense !== given - taken + used.discountMinor) failures.push({ id: 'promotion_expense', detail: `the account says ${expense}, cashback ${given - taken} and coupons ${used.discountMinor}` });
  return [{ code: 'payments_promotions_are_explained', about: 'promotion expense is what cashback gave less what went back with refunds and chargebacks, and the coupons that pay bills, and nothing else', checked: orders + used.coupons, failures }];
}

async function expenseOf(tx: Tx, currency: CurrencyCode, clock: Clock): Promise<bigint> {
  const [account] = await lookupAccounts(tx, [accountId('promotion_expense', moneyLedger(currency), null)], { clock });
  return account ? account.debitsPosted - account.creditsPosted : 0n;
}
