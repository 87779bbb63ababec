/** What must always be true of chargebacks, for the operator of the transaction. Reads only. */
import { moneyLedger, sumsByCode } from '../../ledger/index.ts';
import type { Clock, CurrencyCode } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { PAYMENT_TRANSFER } from '../domain/transfer-code.ts';
import type { PaymentAuditCheck } from '../queries/audit.ts';
import { onlyOperator } from '../store/orders.ts';

export async function auditChargebacks(tx: Tx, { clock }: { readonly clock: Clock }): Promise<PaymentAuditCheck[]> {
  const rows = await tx.query<{ currency: CurrencyCode; count: number; moved: bigint; lost: bigint }>(
    `select currency, count(*)::int as count, sum(amount_minor * case when state = 'won' then 2 else 1 end)::bigint as moved, sum(written_off_minor)::bigint as lost from payments.chargeback where operator_id = $1 group by currency`,
    [onlyOperator(tx)]);
  const failures = await tx.query<PaymentAuditCheck['failures'][number]>(
    `select a.order_id || '/' || a.attempt as id, format('%s counted, chargebacks say %s', a.charged_back_minor, coalesce(sum(c.amount_minor) filter (where c.state <> 'won'), 0)) as detail
     from payments.payment_attempt a left join payments.chargeback c on c.operator_id = $1 and c.order_id = a.order_id and c.attempt = a.attempt
     where a.operator_id = $1 and (a.charged_back_minor > 0 or c.chargeback_id is not null) group by a.operator_id, a.order_id, a.attempt
     having a.charged_back_minor <> coalesce(sum(c.amount_minor) filter (where c.state <> 'won'), 0) order by 1 limit 100`, [onlyOperator(tx)]);
  const sums = await sumsByCode(tx, [PAYMENT_TRANSFER.chargeback, PAYMENT_TRANSFER.chargeback_loss], { clock });
  const ledgers = new Set([...sums.map(({ ledger }) => ledger), ...rows.map(({ currency }) => moneyLedger(currency))]);
  for (const ledger of ledgers) {
    const said = rows.find(({ currency }) => moneyLedger(currency) === ledger);
    for (const [code, amount] of [[PAYMENT_TRANSFER.chargeback, said?.moved ?? 0n], [PAYMENT_TRANSFER.chargeback_loss, said?.lost ?? 0n]] as const) {
      const booked = sums.find((sum) => sum.ledger === ledger && sum.code === code)?.postedMinor ?? 0n;
      if (booked !== amount) failures.push({ id: `${ledger}/${code}`, detail: `chargebacks say ${amount}, the ledger ${booked}` });
    }
  }
  return [{ code: 'payments_chargebacks_are_booked', about: 'what chargebacks took, gave back and lost is what the ledger booked for them, and what is counted on every payment', checked: rows.reduce((sum, { count }) => sum + count, 0), failures }];
}
