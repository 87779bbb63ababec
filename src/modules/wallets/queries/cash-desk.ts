import type { CurrencyCode, Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';

/** How many signed acts the cash desk has booked from an instant on, and what they credited. */
export async function cashDeskSince(tx: Tx, { from, currency }: { from: Instant; currency: CurrencyCode }): Promise<{ readonly topUps: number; readonly creditedMinor: bigint }> {
  const [sum] = await tx.query<{ topUps: bigint; creditedMinor: bigint }>(
    `select count(*) as "topUps", coalesce(sum(amount_minor), 0)::bigint as "creditedMinor"
     from wallets.cash_desk_top_up where operator_id = $1 and recorded_at >= $2 and currency = $3`, [tx.operatorIds[0], sqlTimestamp(from), currency]);
  return { topUps: Number(sum!.topUps), creditedMinor: sum!.creditedMinor };
}
