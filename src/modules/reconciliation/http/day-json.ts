import { Type } from 'typebox';
import { instant, money, parseTimestamp, toIso, type CurrencyCode } from '../../../kernel/index.ts';
import { IdJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull } from '../../../platform/http/index.ts';
import { DAY_WORK_STATES, type ListedDay } from '../store/day-work.ts';

export const DateJson = Type.String({ format: 'date', description: "The channel's business day, in China's time." });
const Count = Type.Integer({ minimum: 0 });
const Side = Type.Object({ payments: Count, paid: MoneyJson, refunds: Count, refunded: MoneyJson }, { title: 'ReconciliationSide' });
export const Day = Type.Object({
  merchantAccountId: IdJson('mch'), businessDate: DateJson, openBreaks: Count,
  work: NullOr(Type.Object({ state: Type.Enum([...DAY_WORK_STATES], { title: 'ReconciliationWork' }), requestedBy: Type.String(), requestedAt: InstantJson, nextTryAt: NullOr(InstantJson), tries: Count, lines: Count, lastError: NullOr(Type.String()) })),
  report: NullOr(Type.Object({
    finishedAt: InstantJson, matched: Count, ours: Side, theirs: Side, fees: MoneyJson, foreignLines: Count, foreign: MoneyJson,
    differences: Type.Array(Type.Object({ kind: Type.String(), count: Count, difference: MoneyJson })),
  })),
}, { title: 'ReconciliationDay', description: 'Theirs less ours is the sum of the differences, to the cent.' });

export const isDate = (text: string): boolean => { const at = parseTimestamp(`${text}T00:00:00Z`); return at !== null && toIso(at.at).slice(0, 10) === text; };
export const today = (now: number): string => instantToJson(instant(now + 8 * 3_600_000)).slice(0, 10);

export function dayToJson({ merchantAccountId, businessDate, openBreaks, work, run }: ListedDay, currency: CurrencyCode, nameOf: (id: string) => string) {
  const amount = (minor: bigint | string): MoneyJson => moneyToJson(money(BigInt(minor), currency));
  return {
    merchantAccountId: idToJson('mch', merchantAccountId), businessDate, openBreaks,
    work: orNull(work, (of) => ({
      state: of.state, requestedBy: nameOf(of.requestedBy), requestedAt: instantToJson(of.requestedAt), nextTryAt: orNull(of.nextTryAt, instantToJson), tries: of.tries, lines: Number(of.lines), lastError: of.lastError,
    })),
    report: orNull(run, (of) => ({
      finishedAt: instantToJson(of.finishedAt), matched: Number(of.matched), fees: amount(of.theirFeesMinor), foreignLines: Number(of.foreignLines), foreign: amount(of.foreignMinor),
      ours: { payments: Number(of.ourPayments), paid: amount(of.ourPaymentsMinor), refunds: Number(of.ourRefunds), refunded: amount(of.ourRefundsMinor) },
      theirs: { payments: Number(of.theirPayments), paid: amount(of.theirPaymentsMinor), refunds: Number(of.theirRefunds), refunded: amount(of.theirRefundsMinor) },
      differences: Object.entries(of.differences).map(([kind, { count, differenceMinor }]) => ({ kind, count, difference: amount(differenceMinor) })),
    })),
  };
}
