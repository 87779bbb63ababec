import type { Instant } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { Surplus } from '../types.ts';
import { onlyOperator, time } from './orders.ts';

const COLUMNS = `s.order_id as "orderId", s.attempt, s.merchant_account_id as "merchantAccountId", s.currency, s.amount_minor as "amountMinor", s.reason, s.automatic, s.transfer_id as "transferId",
  s.found_at as "foundAt", s.state, s.state_at as "stateAt", s.gone_back_minor as "goneBackMinor", s.held_because as "heldBecause"`;

export async function insertSurplus(tx: Tx, rows: readonly (Omit<Surplus, 'state' | 'stateAt' | 'goneBackMinor' | 'heldBecause'> & { readonly transferId: string })[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(
    `insert into payments.surplus (operator_id, order_id, attempt, merchant_account_id, currency, amount_minor, reason, automatic, transfer_id, found_at, state_at)
     select $1, k.*, k.found_at from unnest($2::uuid[], $3::smallint[], $4::uuid[], $5::text[], $6::bigint[], $7::text[], $8::boolean[], $9::uuid[], $10::timestamptz[])
       as k (order_id, attempt, merchant_account_id, currency, amount_minor, reason, automatic, transfer_id, found_at)`,
    [onlyOperator(tx), rows.map((r) => r.orderId), rows.map((r) => r.attempt), rows.map((r) => r.merchantAccountId), rows.map((r) => r.currency), rows.map((r) => r.amountMinor),
      rows.map((r) => r.reason), rows.map((r) => r.automatic), rows.map((r) => r.transferId), rows.map((r) => time(r.foundAt))]);
}

/** What waits to be settled, oldest first; `lock` takes what nobody else works at. */
export function loadOpenSurplus(tx: Tx, { automatic, limit, lock = false }: { readonly automatic: boolean; readonly limit: number; readonly lock?: boolean }): Promise<Surplus[]> {
  return tx.query<Surplus>(
    `select ${COLUMNS} from payments.surplus s where s.operator_id = $1 and s.state = 'open' and s.automatic = $2 order by s.found_at, s.order_id, s.attempt limit $3 ${lock ? 'for update skip locked' : ''}`,
    [onlyOperator(tx), automatic, limit]);
}

export async function loadSurplus(tx: Tx, { orderId, attempt }: Pick<Surplus, 'orderId' | 'attempt'>, { lock = false }: { readonly lock?: boolean } = {}): Promise<Surplus | null> {
  const [row] = await tx.query<Surplus>(`select ${COLUMNS} from payments.surplus s where s.operator_id = $1 and s.order_id = $2 and s.attempt = $3 ${lock ? 'for update' : ''}`, [onlyOperator(tx), orderId, attempt]);
  return row ?? null;
}

/**
 * What becomes open again could not be refunded: it does not go back by itself any more, or it would be tried for ever under new numbers.
 * @param resolution who settled it and by which refund or transfer; needed for the final states. The table refuses what may not follow.
 */
export async function updateSurplus(
  tx: Tx, { orderId, attempt, state }: Pick<Surplus, 'orderId' | 'attempt' | 'state'>, { at, resolution = null }: { readonly at: Instant; readonly resolution?: { readonly by: string; readonly id: string } | null },
): Promise<void> {
  await tx.execute(
    `update payments.surplus set state = $4, automatic = automatic and $4 <> 'open', state_at = $5, resolved_by = coalesce($6, resolved_by), resolution_id = coalesce($7, resolution_id) where operator_id = $1 and order_id = $2 and attempt = $3`,
    [onlyOperator(tx), orderId, attempt, state, time(at), resolution?.by ?? null, resolution?.id ?? null]);
}

/** A case for a person: it would go back by itself, and cannot. */
export async function holdSurplus(tx: Tx, { orderId, attempt, because }: Pick<Surplus, 'orderId' | 'attempt'> & { readonly because: string }): Promise<void> {
  await tx.execute(`update payments.surplus set automatic = false, held_because = $4 where operator_id = $1 and order_id = $2 and attempt = $3 and state = 'open'`, [onlyOperator(tx), orderId, attempt, because]);
}

/** What has gone back of an open surplus, counted on it and on its payment. */
export async function noteGoneBack(tx: Tx, { orderId, attempt }: Pick<Surplus, 'orderId' | 'attempt'>, amountMinor: bigint): Promise<void> {
  await tx.execute('update payments.surplus set gone_back_minor = gone_back_minor + $4 where operator_id = $1 and order_id = $2 and attempt = $3', [onlyOperator(tx), orderId, attempt, amountMinor]);
  await tx.execute('update payments.payment_attempt set refunded_at_channel_minor = refunded_at_channel_minor + $4 where operator_id = $1 and order_id = $2 and attempt = $3', [onlyOperator(tx), orderId, attempt, amountMinor]);
}

export type SurplusFilter = {
  readonly state: Surplus['state'] | null; readonly automatic: boolean | null; readonly after: { readonly foundAt: Instant; readonly orderId: string; readonly attempt: number } | null; readonly countMax: number;
};

/** Oldest first, because the oldest is what somebody waits for; by keyset (foundAt, orderId, attempt). */
export const listSurplus = (tx: Tx, { state, automatic, after, countMax }: SurplusFilter): Promise<Surplus[]> => tx.query<Surplus>(
  `select ${COLUMNS} from payments.surplus s where s.operator_id = $1 and ($2::text is null or s.state = $2) and ($3::boolean is null or s.automatic = $3)
     and ($4::timestamptz is null or (s.found_at, s.order_id, s.attempt) > ($4::timestamptz, $5::uuid, $6::smallint)) order by s.found_at, s.order_id, s.attempt limit $7`,
  [onlyOperator(tx), state, automatic, time(after?.foundAt ?? null), after?.orderId ?? null, after?.attempt ?? null, countMax]);

export const loadSurplusOfOrder = (tx: Tx, orderId: string): Promise<Surplus[]> =>
  tx.query<Surplus>(`select ${COLUMNS} from payments.surplus s where s.operator_id = $1 and s.order_id = $2 order by s.attempt`, [onlyOperator(tx), orderId]);
