/** Cash that is given back by hand belongs to top-ups, as every refund does: what the rules had given for those goes back with it. */
import { type Clock, type Instant, type MemberId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { takeBackCoupons } from '../coupons/take-back.ts';
import { planGiveBack, type GivenBackPart, type TopUpLeft } from '../domain/give-back.ts';

/** What others know of top-ups and gave for them. Registered at the composition root. */
export type GiftsGoingBack = {
  /** Top-ups that were paid otherwise than in cash, with what is left of each of them with us. */
  readonly otherTopUps: (tx: Tx, memberId: MemberId) => Promise<readonly TopUpLeft[]>;
  /** What the wallet must have beside the cash, for gifts of money that go back with it. */
  readonly goingBackMinor: (tx: Tx, parts: readonly GivenBackPart[]) => Promise<bigint>;
  readonly takeBack: (tx: Tx, commandId: string, parts: readonly GivenBackPart[], options: { readonly clock: Clock }) => Promise<void>;
};
export const NO_GIFTS_GOING_BACK: GiftsGoingBack = { otherTopUps: () => Promise.resolve([]), goingBackMinor: () => Promise.resolve(0n), takeBack: () => Promise.resolve() };

/** At most this many top-ups of each kind are looked at: the newest. */
const TOP_UPS_MAX = 500;

type Asked = { readonly memberId: MemberId; readonly amountMinor: bigint };

/** What giving so much back takes with it. Two at once for one member take turns, so that neither counts the top-up of the other. */
export async function planCashGivenBack(tx: Tx, { memberId, amountMinor }: Asked, gifts: GiftsGoingBack): Promise<{ readonly parts: readonly GivenBackPart[]; readonly giftsMinor: bigint }> {
  await tx.execute(`select pg_advisory_xact_lock(hashtextextended('wallets.cash_given_back/' || $1, 0))`, [`${tx.operatorIds[0]}/${memberId}`]);
  const topUps = [...await topUpsInCash(tx, memberId), ...await gifts.otherTopUps(tx, memberId)];
  const parts = planGiveBack(amountMinor, topUps, await givenBackOf(tx, topUps.map(({ causeId }) => causeId)));
  return { parts, giftsMinor: await gifts.goingBackMinor(tx, parts) };
}

/** Writes the parts and takes the gifts back, in the transaction of the act. */
export async function takeGiftsBack(
  tx: Tx, { commandId, parts, at }: { readonly commandId: string; readonly parts: readonly GivenBackPart[]; readonly at: Instant }, gifts: GiftsGoingBack, { clock }: { readonly clock: Clock },
): Promise<void> {
  if (parts.length === 0) return;
  await tx.execute(
    `insert into wallets.cash_given_back (operator_id, command_id, cause, cause_id, amount_minor, recorded_at)
     select $1, $2, k.cause, k.cause_id, k.amount_minor, $3 from unnest($4::text[], $5::uuid[], $6::bigint[]) k (cause, cause_id, amount_minor)`,
    [tx.operatorIds[0], commandId, sqlTimestamp(at), parts.map(({ cause }) => cause), parts.map(({ causeId }) => causeId), parts.map(({ amountMinor }) => amountMinor)]);
  await takeBackCoupons(tx, parts.map(({ causeId, withUsMinor }) => ({ orderId: causeId, remainingMinor: withUsMinor })), { refundId: commandId }, { clock });
  await gifts.takeBack(tx, commandId, parts, { clock });
}

const topUpsInCash = (tx: Tx, memberId: MemberId): Promise<TopUpLeft[]> => tx.query<TopUpLeft>(
  `(select 'cash_desk' as cause, command_id as "causeId", amount_minor as "withUsMinor", recorded_at as "paidAt" from wallets.cash_desk_top_up where operator_id = $1 and member_id = $2 order by recorded_at desc limit ${TOP_UPS_MAX})
   union all (select 'by_hand', command_id, amount_minor, recorded_at from wallets.adjustment where operator_id = $1 and member_id = $2 and kind = 'top_up' order by recorded_at desc limit ${TOP_UPS_MAX})`, [tx.operatorIds[0], memberId]);

async function givenBackOf(tx: Tx, causeIds: readonly string[]): Promise<Map<string, bigint>> {
  if (causeIds.length === 0) return new Map();
  const rows = await tx.query<{ causeId: string; minor: bigint }>(
    'select cause_id as "causeId", sum(amount_minor)::bigint as minor from wallets.cash_given_back where operator_id = $1 and cause_id = any($2::uuid[]) group by cause_id', [tx.operatorIds[0], causeIds]);
  return new Map(rows.map(({ causeId, minor }) => [causeId, minor]));
}
