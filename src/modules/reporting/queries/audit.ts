/** What must always be true of reports, for the operator of the transaction. Reads only. */
import { instant, uuidToBigInt, uuidV7, type BillId, type Clock } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { billIdsForReport, BILLS_PER_REPORT_LOAD_MAX, billsForReport, countBills } from '../../charging/index.ts';
import { accountId, accountSumsByDay, moneyLedger } from '../../ledger/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { hashFigures } from '../domain/canonical.ts';
import { figuresFromJson, figuresOf, SUMS, type Figures, type Measure } from '../domain/measures.ts';
import { dayAt, type Day } from '../domain/period.ts';
import { onlyOperator } from '../only-operator.ts';
import { newestCounted, uncounted } from '../store/movements.ts';
import { listPublications, publishedFigures } from '../store/publications.ts';
import { REVENUE, type RevenueKind } from '../domain/revenue.ts';

const FAILURES_MAX = 100, LOOK_BACK_MS = 60 * 60_000, PUBLICATIONS_PER_PAGE = 200;
const CLOCK: Clock = { now: () => instant(8_000_000_000_000) };

type Failure = { readonly id: string; readonly detail: string };
export type ReportingAuditCheck = { readonly code: string; readonly about: string; readonly checked: number; readonly failures: readonly Failure[]; readonly figures?: Readonly<Record<string, bigint>> };

type ByDay = Map<Day, Record<RevenueKind, bigint>>;
type OnTheirWay = { readonly count: number; readonly byDay: ByDay };

export async function auditReporting(tx: Tx): Promise<ReportingAuditCheck[]> {
  const onTheirWay = await billsOnTheirWay(tx);
  return [await billsAreCounted(tx, onTheirWay), await replacedAreTakenBack(tx), await equalsLedger(tx, onTheirWay), await publishedStays(tx), await statementsStay(tx)];
}

/** Issued a moment ago and not told of yet: counted here as if they had been. A reports database that was never told of anything has all of them here, so only sums are kept. */
async function billsOnTheirWay(tx: Tx): Promise<OnTheirWay> {
  const { timeZone } = await loadOperator(tx);
  const newest = await newestCounted(tx);
  let after = newest === null ? null : uuidV7(Math.max(0, Number(uuidToBigInt(newest) >> 80n) - LOOK_BACK_MS), new Uint8Array(10)) as BillId;
  let count = 0;
  const byDay: ByDay = new Map();
  for (;;) {
    const page: BillId[] = await billIdsForReport(tx, { after, limit: BILLS_PER_REPORT_LOAD_MAX });
    const missing = await uncounted(tx, page);
    const bills = new Map((await billsForReport(tx, missing, { clock: CLOCK })).map((bill) => [bill.billId, bill]));
    for (const bill of missing.flatMap((billId) => bills.get(billId) ?? [])) {
      const previous = bill.previousBillId === null ? undefined : bills.get(bill.previousBillId);
      for (const kind of REVENUE) addTo(byDay, dayAt(bill.bookedAt, timeZone), kind, bill[`${kind}Minor`] - (previous?.[`${kind}Minor`] ?? 0n));
    }
    count += missing.length;
    if (page.length < BILLS_PER_REPORT_LOAD_MAX) return { count, byDay };
    after = page.at(-1)!;
  }
}

async function billsAreCounted(tx: Tx, { count }: OnTheirWay): Promise<ReportingAuditCheck> {
  const [row] = await tx.query<{ counted: bigint }>('select count(*) as counted from reporting.bill_movement where operator_id = $1 and sign = 1', [onlyOperator(tx)]);
  const issued = await countBills(tx);
  const missing = issued - row!.counted - BigInt(count);
  return {
    code: 'reporting_bills_are_counted', about: 'every version of every bill is counted once, but for those that were issued a moment ago', checked: Number(issued),
    failures: missing === 0n ? [] : [{ id: 'bills', detail: `${issued} issued, ${row!.counted} counted, ${count} on their way` }], figures: { on_their_way: BigInt(count) },
  };
}

/** What is taken back is the opposite of what was counted, once, and made by the next version. */
async function replacedAreTakenBack(tx: Tx): Promise<ReportingAuditCheck> {
  const operatorId = onlyOperator(tx);
  const failures = await tx.query<Failure>(
    `select b.bill_id::text as id, 'taken back otherwise than it was counted' as detail from reporting.bill_movement b left join reporting.bill_movement a on a.operator_id = $1 and a.bill_id = b.bill_id and a.sign = 1
     where b.operator_id = $1 and b.sign = -1 and (a.bill_id is null or a.total_minor <> -b.total_minor or a.energy_wh <> -b.energy_wh or a.held_minor <> -b.held_minor or a.service_on <> b.service_on or a.station_id <> b.station_id
       or (a.sub_operator_id, a.department_id, a.fleet_id, a.vehicle_id) is distinct from (b.sub_operator_id, b.department_id, b.fleet_id, b.vehicle_id))
     union all
     select session_id::text, format('%s bills count at once', sum(sign)) from reporting.bill_movement where operator_id = $1 group by session_id having sum(sign) <> 1
     limit ${FAILURES_MAX}`, [operatorId]);
  const [row] = await tx.query<{ count: bigint }>('select count(*) as count from reporting.bill_movement where operator_id = $1 and sign = -1', [operatorId]);
  return { code: 'reporting_replaced_are_taken_back', about: 'a replaced version is taken back as it was counted, and exactly one version of each session counts', checked: Number(row!.count), failures };
}

const addTo = (days: ByDay, day: Day, kind: RevenueKind, amount: bigint): void => {
  const sums = days.get(day) ?? { electricity: 0n, service: 0n, occupancy: 0n };
  sums[kind] += amount;
  days.set(day, sums);
};

/** For every day on which something was booked, and so in total: movements are what the revenue accounts took. */
async function equalsLedger(tx: Tx, onTheirWay: OnTheirWay): Promise<ReportingAuditCheck> {
  const { currency, timeZone } = await loadOperator(tx);
  const counted: ByDay = new Map(), booked: ByDay = new Map();
  const rows = await tx.query<{ day: Day } & Record<RevenueKind, bigint>>(
    `select ((booked_at at time zone $2)::date)::text as day, sum(electricity_minor)::bigint as electricity, sum(service_minor)::bigint as service, sum(occupancy_minor)::bigint as occupancy
     from reporting.bill_movement where operator_id = $1 group by 1`, [onlyOperator(tx), timeZone]);
  for (const row of rows) for (const kind of REVENUE) addTo(counted, row.day, kind, row[kind]);
  for (const [day, sums] of onTheirWay.byDay) for (const kind of REVENUE) addTo(counted, day, kind, sums[kind]);
  const accounts = new Map(REVENUE.map((kind) => [accountId(`revenue_${kind}`, moneyLedger(currency), null), kind]));
  for (const sum of await accountSumsByDay(tx, [...accounts.keys()], { clock: CLOCK, timeZone })) addTo(booked, sum.day, accounts.get(sum.accountId)!, sum.creditsPosted - sum.debitsPosted);
  const days = [...new Set([...counted.keys(), ...booked.keys()])].sort();
  const failures = days.flatMap((day) => REVENUE.flatMap((kind) => {
    const [ours, theirs] = [counted.get(day)?.[kind] ?? 0n, booked.get(day)?.[kind] ?? 0n];
    return ours === theirs ? [] : [{ id: `${day}/revenue_${kind}`, detail: `in reports ${ours}, in the ledger ${theirs}` }];
  }));
  const total = (of: ByDay): bigint => [...of.values()].reduce((sum, { electricity, service, occupancy }) => sum + electricity + service + occupancy, 0n);
  return {
    code: 'reporting_equals_ledger', about: 'for every day on which something was booked, and in total, what reports count is what the revenue accounts took', checked: days.length,
    failures: failures.slice(0, FAILURES_MAX), figures: { reported_minor: total(counted), ledger_minor: total(booked) },
  };
}

/** What was published hashes to what was said then, and is still the sum of the movements of its days. */
async function publishedStays(tx: Tx): Promise<ReportingAuditCheck> {
  const failures: Failure[] = [];
  let checked = 0;
  const days = new Map((await tx.query<Figures & { day: Day }>(
    `select m.counts_on::text as day, ${SUMS} from reporting.bill_movement m where m.operator_id = $1 and exists (select 1 from reporting.frozen_day f where f.operator_id = $1 and f.day = m.counts_on) group by 1`, [onlyOperator(tx)]))
    .map((row) => [row.day, row.totalMinor]));
  for (const kind of ['day', 'month'] as const) {
    for (let before: Day | null = null; ;) {
      const page = await listPublications(tx, { kind, before, limit: PUBLICATIONS_PER_PAGE });
      for (const publication of page) {
        const figures = await publishedFigures(tx, publication.publicationId);
        if (hashFigures({ ...publication, ...figures }) !== publication.sha256) failures.push({ id: publication.publicationId, detail: `${publication.firstOn}: the figures do not hash to what was published` });
        for (const { key, figures: { totalMinor } } of figures.byDimension.get('day') ?? []) {
          if (totalMinor !== (days.get(key) ?? 0n)) failures.push({ id: publication.publicationId, detail: `${key}: published ${totalMinor}, now ${days.get(key) ?? 0n}` });
        }
      }
      checked += page.length;
      if (page.length < PUBLICATIONS_PER_PAGE) break;
      before = page.at(-1)!.firstOn;
    }
  }
  return { code: 'reporting_published_stays', about: 'published figures hash to what was published, and are still the sums of their days', checked, failures: failures.slice(0, FAILURES_MAX) };
}

/** A closed statement is the sum of the movements that it settled. */
async function statementsStay(tx: Tx): Promise<ReportingAuditCheck> {
  const rows = await tx.query<{ id: string; figures: { total: Record<Measure, string> } } & Figures>(
    `select s.statement_id::text as id, s.figures, f.* from reporting.statement s
     cross join lateral (select ${SUMS} from reporting.statement_movement x join reporting.bill_movement m on m.operator_id = x.operator_id and m.bill_id = x.bill_id and m.sign = x.sign
       where x.operator_id = s.operator_id and x.statement_id = s.statement_id) f
     where s.operator_id = $1 and s.state in ('closed', 'waived')`, [onlyOperator(tx)]);
  const failures = rows.flatMap((row) => {
    const [said, now] = [figuresFromJson(row.figures.total), figuresOf(row)];
    return said.totalMinor === now.totalMinor && said.energyWh === now.energyWh && said.billCount === now.billCount ? [] : [{ id: row.id, detail: `closed with ${said.totalMinor}, its movements sum to ${now.totalMinor}` }];
  });
  return { code: 'reporting_statements_stay', about: 'a closed statement is the sum of the movements that it settled', checked: rows.length, failures: failures.slice(0, FAILURES_MAX) };
}
