import { uuidToBigInt, uuidV7, type BillId, type Clock } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import type { Subscriber } from '../../../platform/outbox/index.ts';
import { billIdsForReport, BILLS_PER_REPORT_LOAD_MAX, billsForReport, type BillForReport } from '../../charging/index.ts';
import { stationRunners } from '../../locations/index.ts';
import { loadOperator, resolvePayers } from '../../parties/index.ts';
import { movementOf, type Belongs } from '../domain/movement.ts';
import { countsOn, dayAt } from '../domain/period.ts';
import { frozenDays, insertIssued, insertReplaced, lockPeriods, newestCounted, uncounted } from '../store/movements.ts';

type Options = { readonly clock: Clock };
/** Bills may commit a little after the moment that they are recorded at; publishing looks back so far for what nobody has told of yet. */
const LOOK_BACK_MS = 60 * 60_000;

/**
 * Counts bills by id, with the versions that they replaced. In any order and any number of times: a row that is there stays, and a replaced version is taken back by the opposite of
 * the row that counted it. @returns how many rows were new.
 */
export async function recordMovements(tx: Tx, billIds: readonly BillId[], { clock }: Options): Promise<number> {
  const bills = await billsForReport(tx, billIds, { clock });
  if (bills.length === 0) return 0;
  const now = clock.now();
  const belongs = await whereTheyBelong(tx, bills);
  await lockPeriods(tx, 'shared');
  const today = dayAt(now, (await loadOperator(tx)).timeZone);
  const frozen = await frozenDays(tx, [today, ...bills.map(({ serviceOn }) => serviceOn)]);
  const dayOf = (bill: BillForReport): string => countsOn(bill.serviceOn, { today, frozen });
  const issued = await insertIssued(tx, bills.map((bill, i) => movementOf(bill, { belongs: belongs[i]!, countsOn: dayOf(bill), recordedAt: now })));
  const byId = new Map(bills.map((bill) => [bill.billId, bill]));
  const replaced = await insertReplaced(tx, bills.flatMap((bill) => {
    const previous = bill.previousBillId === null ? undefined : byId.get(bill.previousBillId);
    return previous === undefined ? [] : [{ billId: previous.billId, causedBy: bill.billId, reason: bill.reason, correctionId: bill.correctionId, bookedAt: bill.bookedAt, countsOn: dayOf(previous), recordedAt: now }];
  }));
  if (issued + replaced > 0) announce(tx, 'reporting.reports');
  return issued + replaced;
}

async function whereTheyBelong(tx: Tx, bills: readonly BillForReport[]): Promise<Belongs[]> {
  const runners = await stationRunners(tx, bills.map(({ stationId, startedAt }) => ({ stationId, at: startedAt })));
  const payers = await resolvePayers(tx, bills.map(({ memberId, credentialId, startedAt }) => ({ memberId, credentialId, at: startedAt })));
  return bills.map((_bill, i) => ({ subOperatorId: runners[i]!, ...payers[i]! }));
}

/** Told of each version of a bill. The event names it; what it says is read from the bill. */
export const reportingSubscriber = ({ clock }: Options): Subscriber => ({
  name: 'reporting', types: ['charging.bill.issued.v1'],
  handle: async (tx, { payload }) => void await recordMovements(tx, [payload.billId as BillId], { clock }),
  handleMany: async (tx, events) => void await recordMovements(tx, events.map(({ payload }) => payload.billId as BillId), { clock }),
});

/** Counts every bill anew, a page a transaction: what is counted stays as it is. @returns how many bills there are, and how many rows were missing. */
export async function rebuildMovements(database: OperatorDatabase, { clock, progress }: Options & { readonly progress?: (bills: number) => void }): Promise<{ bills: number; missing: number }> {
  let after: BillId | null = null;
  let [bills, missing] = [0, 0];
  for (;;) {
    const page: BillId[] = await database.transaction((tx) => billIdsForReport(tx, { after, limit: BILLS_PER_REPORT_LOAD_MAX }));
    missing += await database.transaction((tx) => recordMovements(tx, page, { clock }));
    bills += page.length;
    progress?.(bills);
    if (page.length < BILLS_PER_REPORT_LOAD_MAX) return { bills, missing };
    after = page.at(-1)!;
  }
}

/** Counts what was issued and not told of yet, so that what is published is whole. */
export async function catchUp(tx: Tx, { clock }: Options): Promise<void> {
  const newest = await newestCounted(tx);
  let after = newest === null ? null : uuidV7(Math.max(0, Number(uuidToBigInt(newest) >> 80n) - LOOK_BACK_MS), new Uint8Array(10)) as BillId;
  for (;;) {
    const page: BillId[] = await billIdsForReport(tx, { after, limit: BILLS_PER_REPORT_LOAD_MAX });
    await recordMovements(tx, await uncounted(tx, page), { clock });
    if (page.length < BILLS_PER_REPORT_LOAD_MAX) return;
    after = page.at(-1)!;
  }
}
