import type { Clock } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { accountsOnOneBill, takeChargebackFromFundFlow } from '../../payments/index.ts';
import type { FundLine } from '../formats/index.ts';

type Day = { readonly merchantAccountId: string; readonly businessDate: string };

/**
 * A line with which the channel took a payment back, or gave one back that it had taken: booked on the payment that it names, once, also when a person has recorded it before. What fits none
 * is a break: it moved money, and somebody has to find out whose.
 */
export async function bookTakenBack(tx: Tx, day: Day, line: FundLine, clock: Clock): Promise<void> {
  const taken = await takeChargebackFromFundFlow(tx, {
    merchantAccountIds: await accountsOnOneBill(tx, day.merchantAccountId), flowNumber: line.flowNumber, numbers: line.numbers, amountMinor: line.amountMinor, reason: line.words || 'chargeback',
  }, { clock });
  const at = sqlTimestamp(clock.now());
  if (taken.ok) {
    await tx.execute(
      `update reconciliation.break set state = 'resolved', resolution = 'recovered', resolved_by = 'matching', resolved_at = $5
       where operator_id = $1 and merchant_account_id = $2 and business_date = $3::date and kind = 'chargeback' and number = $4 and state = 'open'`,
      [tx.operatorIds[0], day.merchantAccountId, day.businessDate, line.flowNumber, at]);
    return;
  }
  const opened = await tx.execute(
    `insert into reconciliation.break (operator_id, break_id, merchant_account_id, business_date, kind, line_kind, number, line_no, channel_number, theirs_minor, difference_minor, opened_at, state)
     values ($1, $2, $3, $4::date, 'chargeback', 'payment', $5, $6, $7, $8, $8, $9, 'open') on conflict do nothing`,
    [tx.operatorIds[0], newUuid(), day.merchantAccountId, day.businessDate, line.flowNumber, line.lineNo, line.numbers[0] ?? null, line.amountMinor, at]);
  if (opened > 0) announce(tx, 'reconciliation.days');
}
