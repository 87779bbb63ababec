import { Type } from 'typebox';
import { money, type CurrencyCode } from '../../../kernel/index.ts';
import { loadActorNames, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import { IdJson, idFromJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull } from '../../../platform/http/index.ts';
import { LINE_KINDS } from '../domain/line.ts';
import { BREAK_KINDS } from '../domain/match.ts';
import { findBreak, loadComments, RESOLUTIONS, type Break } from '../store/breaks.ts';
import { DateJson } from './day-json.ts';

export const BreakJson = Type.Object({
  breakId: IdJson('brk'), merchantAccountId: IdJson('mch'), businessDate: DateJson, kind: Type.Enum([...BREAK_KINDS], { title: 'BreakKind' }), lineKind: Type.Enum([...LINE_KINDS], { title: 'StatementLineKind' }),
  number: Type.String(), lineNo: NullOr(Type.Integer()), channelNumber: NullOr(Type.String()), ours: NullOr(MoneyJson), theirs: NullOr(MoneyJson), difference: MoneyJson, theirTime: NullOr(Type.String()),
  openedAt: InstantJson, state: Type.Enum(['open', 'resolved'], { title: 'BreakState' }), owner: NullOr(Type.String()), resolution: NullOr(Type.Enum([...RESOLUTIONS], { title: 'BreakResolution' })),
  resolvedBy: NullOr(Type.String()), resolvedAt: NullOr(InstantJson),
  approvedBy: NullOr(Type.String({ description: 'The second person of a write-off above the threshold.' })),
}, { title: 'ReconciliationBreak' });
const Comment = Type.Object({ author: Type.String(), body: Type.String(), recordedAt: InstantJson }, { title: 'BreakComment' });
export const BreakStory = Type.Object({ break: BreakJson, comments: Type.Array(Comment) }, { title: 'ReconciliationBreakStory' });

export type ReconciliationRouteOptions = { readonly nameActors: NameActors; readonly currencyOf: (tx: Tx) => Promise<CurrencyCode> };

export const breakIdOf = (text: string): string => idFromJson('brk', text, 'break_not_found');

export function breakToJson(one: Break, currency: CurrencyCode, nameOf: (id: string) => string) {
  const amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, currency));
  return {
    breakId: idToJson('brk', one.breakId), merchantAccountId: idToJson('mch', one.merchantAccountId), businessDate: one.businessDate, kind: one.kind, lineKind: one.lineKind, number: one.number, lineNo: one.lineNo,
    channelNumber: one.channelNumber, ours: orNull(one.oursMinor, amount), theirs: orNull(one.theirsMinor, amount), difference: amount(one.differenceMinor), theirTime: one.theirTime,
    openedAt: instantToJson(one.openedAt), state: one.state, owner: orNull(one.owner, nameOf), resolution: one.resolution, resolvedBy: orNull(one.resolvedBy, nameOf), resolvedAt: orNull(one.resolvedAt, instantToJson),
    approvedBy: orNull(one.approvedBy, nameOf),
  };
}

export async function storyOf(tx: Tx, breakId: string, { nameActors, currencyOf }: ReconciliationRouteOptions) {
  const found = await findBreak(tx, breakId);
  if (found === null) throw problem('break_not_found');
  const comments = await loadComments(tx, breakId);
  const { nameOrKept: nameOf } = await loadActorNames(tx, nameActors, [found.owner, found.resolvedBy, found.approvedBy, ...comments.map(({ author }) => author)]);
  return { break: breakToJson(found, await currencyOf(tx), nameOf), comments: comments.map(({ author, body, recordedAt }) => ({ author: nameOf(author), body, recordedAt: instantToJson(recordedAt) })) };
}

