import { Type } from 'typebox';
import { money, type MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { decodeCursor, IdJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull, Page, pageQuery, scopeOf, toPage, type Api, type Call } from '../../../platform/http/index.ts';
import { loadMembers, loadOperator } from '../../parties/index.ts';
import { DORMANT_DAYS_MIN, dormantWallets, receivables, type StandingPage } from '../queries/standing.ts';

const tag = 'wallets';
const Standing = Type.Object({
  memberId: IdJson('mem'), memberName: NullOr(Type.String()), balance: MoneyJson, held: MoneyJson, receivable: MoneyJson, lastMovedAt: NullOr(InstantJson),
}, { title: 'StandingWallet' });
const Totals = Type.Object({
  members: Type.Integer(), amount: MoneyJson, isComplete: Type.Boolean({ description: 'False when there are more wallets than one answer looks at.' }),
}, { title: 'StandingTotals' });
const Answer = Type.Object({ ...Page(Standing).properties, totals: NullOr(Totals) });

/** Members who owe, and wallets that nobody uses. */
export function registerStandingRoutes(api: Api): void {
  api.route({
    method: 'GET', path: '/receivables', operationId: 'listReceivables', tag, summary: 'Members who owe something', description: 'What bills took beyond a wallet and what channels took back. Totals stand on the first page.',
    permission: 'wallets:read', audience: 'operator', query: Type.Object({ ...pageQuery }), response: Answer,
    handler: async (tx, call) => toJson(tx, call, await receivables(tx, pageOf(call), call)),
  });
  api.route({
    method: 'GET', path: '/dormant-wallets', operationId: 'listDormantWallets', tag, summary: 'Wallets with money in them that have not moved for long',
    description: 'The money stays the member\'s: nothing is taken from a wallet for being dormant. Totals stand on the first page.', permission: 'wallets:read', audience: 'operator',
    query: Type.Object({ ...pageQuery, days: Type.Integer({ minimum: DORMANT_DAYS_MIN, maximum: 3_660, default: 365 }) }), response: Answer,
    handler: async (tx, call) => toJson(tx, call, await dormantWallets(tx, { ...pageOf(call), days: call.query.days }, call)),
  });
}

type PageCall = Pick<Call<unknown, { limit: number; cursor?: string }, unknown>, 'query' | 'principal'>;
const pageOf = ({ query }: PageCall) => ({ after: (decodeCursor(query.cursor, ['uuid'])?.[0] ?? null) as MemberId | null, countMax: query.limit + 1 });

async function toJson(tx: Tx, { query, principal }: PageCall, { items, totals }: StandingPage) {
  const { currency } = await loadOperator(tx);
  const scope = scopeOf(principal, 'members:read');
  const members = scope === 'none' ? [] : [...(await loadMembers(tx, items.map(({ memberId }) => memberId))).values()].filter(({ subOperatorId }) => scope === 'operator' || scope.includes(subOperatorId ?? ''));
  const names = new Map(members.map(({ memberId, displayName }) => [memberId, displayName]));
  const page = toPage(items, query.limit, ({ memberId, wallet, lastMovedAt }) => {
    const amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, wallet.currency));
    return {
      memberId: idToJson('mem', memberId), memberName: names.get(memberId) ?? null, balance: amount(wallet.balanceMinor), held: amount(wallet.heldMinor), receivable: amount(wallet.receivableMinor),
      lastMovedAt: orNull(lastMovedAt, instantToJson),
    };
  }, ({ memberId }) => [memberId]);
  return { ...page, totals: orNull(totals, ({ members: count, amountMinor, isComplete }) => ({ members: count, amount: moneyToJson(money(amountMinor, currency)), isComplete })) };
}
