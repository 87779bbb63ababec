import { bigIntToUuid, instant, uuidToBigInt, type ConnectorId, type CurrencyCode, type MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountId, balancesAt, ENERGY_LEDGER, lookupTransfers, moneyLedger } from '../../ledger/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { couponsInUse, memberAccountId, walletsMovedByOthers, type MovedByOthers } from '../../wallets/index.ts';
import { onlyOperator } from '../store/sessions.ts';

/** How many offending ids a check lists. */
export const AUDIT_FAILURES_MAX = 100;
const PAGE_MAX = 2_000;
/** Later than any booking: the balances as they stand. */
const NOW = instant(8_000_000_000_000);
const CLOCK = { now: () => NOW };

export type AuditFailure = { readonly id: string; readonly detail: string };
export type ChargingAuditCheck = {
  readonly code: string; readonly about: string; readonly checked: number; readonly failures: readonly AuditFailure[]; readonly figures?: Readonly<Record<string, bigint>>;
};

/** What must be true of sessions, bills, holds and energy, for the operator of this transaction. Reads only; every figure is recomputed from rows. */
export async function auditCharging(tx: Tx): Promise<ChargingAuditCheck[]> {
  const { currency } = await loadOperator(tx);
  const checks: ChargingAuditCheck[] = [];
  for (const check of CHECKS) checks.push(await inSql(tx, check));
  checks.push(await couponsPayBills(tx), await postingsAreTransfers(tx), await revenueIsBilled(tx, currency), await walletsMovedByBills(tx, currency), await energyIsAccountedFor(tx));
  return checks;
}

const CHECKS: readonly { readonly code: string; readonly about: string; readonly count: string; readonly failures: string }[] = [
  {
    code: 'charging_ended_session_has_one_current_bill', about: 'every ended session has exactly one current bill, its newest version, and open sessions have none',
    count: `select count(*) from charging.session where operator_id = $1 and state = 'ended'`,
    failures: `select s.session_id::text as id, format('state %s, current version %s, versions %s, newest %s', s.state, b.version, v.versions, v.newest) as detail
      from charging.session s left join charging.bill b on b.operator_id = s.operator_id and b.session_id = s.session_id and b.bill_id = s.current_bill_id
      left join lateral (select count(*) as versions, max(x.version) as newest from charging.bill x where x.operator_id = s.operator_id and x.session_id = s.session_id) v on true
      where s.operator_id = $1 and ((s.state = 'ended') <> (b.bill_id is not null) or b.version is distinct from v.newest or v.versions <> coalesce(v.newest, 0) or s.bill_version <> coalesce(v.newest, 0))`,
  },
  {
    code: 'charging_bill_is_sum_of_lines', about: "a bill's totals and energy are the sums of its printed lines",
    count: 'select count(*) from charging.bill where operator_id = $1',
    failures: `select b.bill_id::text as id, format('total %s, lines %s; energy %s, lines %s', b.total_minor, coalesce(l.amount, 0), b.energy_wh, coalesce(l.energy, 0)) as detail
      from charging.bill b left join (select bill_id, sum(amount_minor) as amount, sum(amount_minor) filter (where kind = 'electricity') as electricity, sum(amount_minor) filter (where kind = 'service') as service,
          sum(energy_wh) filter (where kind = 'electricity') as energy from charging.bill_line where operator_id = $1 and charged group by bill_id) l using (bill_id)
      where b.operator_id = $1 and (b.total_minor <> coalesce(l.amount, 0) or b.electricity_minor <> coalesce(l.electricity, 0) or b.service_minor <> coalesce(l.service, 0) or b.energy_wh <> coalesce(l.energy, 0))`,
  },
  {
    code: 'charging_bill_equals_its_postings', about: "a bill's money and energy equal what it booked: revenue, payment and energy each add up",
    count: 'select count(*) from charging.bill where operator_id = $1',
    failures: `select b.bill_id::text as id, format('total %s, revenue %s, paid %s; energy %s, booked %s', b.total_minor, coalesce(p.revenue, 0), coalesce(p.paid, 0), b.energy_wh, coalesce(p.energy, 0)) as detail
      from charging.bill b left join (select bill_id, sum(amount) filter (where purpose in ('electricity', 'service', 'occupancy')) as revenue,
          sum(amount) filter (where purpose in ('coupon', 'hold', 'wallet', 'receivable')) as paid, sum(amount) filter (where purpose = 'energy') as energy
        from charging.bill_posting where operator_id = $1 group by bill_id) p using (bill_id)
      where b.operator_id = $1 and (b.total_minor <> coalesce(p.revenue, 0) or b.total_minor <> coalesce(p.paid, 0) or b.energy_wh <> coalesce(p.energy, 0))`,
  },
  {
    code: 'charging_old_versions_are_reversed', about: 'every transfer of a superseded bill is reversed exactly once, by a later version, and none of a current one is',
    count: `select count(*) from charging.bill_posting where operator_id = $1 and reverses is null and amount > 0`,
    failures: `select p.transfer_id::text as id, format('bill %s, current %s, reversed %s times', p.bill_id, s.session_id is not null, count(r.transfer_id)) as detail
      from charging.bill_posting p left join charging.session s on s.operator_id = $1 and s.current_bill_id = p.bill_id
      left join charging.bill_posting r on r.operator_id = $1 and r.reverses = p.transfer_id and r.amount = p.amount and r.debit_account = p.credit_account and r.credit_account = p.debit_account
      where p.operator_id = $1 and p.reverses is null and p.amount > 0
      group by p.transfer_id, p.bill_id, s.session_id having count(r.transfer_id) <> case when s.session_id is null then 1 else 0 end`,
  },
  {
    code: 'charging_corrected_bill_has_its_correction', about: 'every corrected bill names an acceptance of its own session, charges the energy that was accepted, and a current one follows the active correction',
    count: 'select count(*) from charging.bill where operator_id = $1 and correction_id is not null',
    failures: `select b.bill_id::text as id, format('correction %s (%s), energy %s, accepted %s, active %s', b.correction_id, c.kind, b.energy_wh, c.energy_wh, s.correction_id) as detail
      from charging.bill b left join charging.correction c on c.operator_id = $1 and c.correction_id = b.correction_id
      left join charging.session s on s.operator_id = $1 and s.current_bill_id = b.bill_id
      where b.operator_id = $1 and b.correction_id is not null
        and (c.kind is distinct from 'accept' or c.session_id <> b.session_id or c.energy_wh <> b.energy_wh or (s.session_id is not null and s.correction_id is distinct from b.correction_id))`,
  },
  {
    code: 'charging_corrections_are_consistent', about: 'corrections of a session are numbered without gaps, a revert undoes one acceptance before it, energy placed in time adds up, and the latest acceptance not reverted is the active one',
    count: 'select count(*) from charging.correction where operator_id = $1',
    failures: `select s.session_id::text as id, format('active %s, latest standing %s, rows %s, newest %s, wrong %s', s.correction_id, x.standing, x.rows, x.newest, x.wrong) as detail
      from (select c.session_id, count(*) as rows, max(c.number) as newest,
          (array_agg(c.correction_id order by c.number desc) filter (where c.kind = 'accept' and not exists (select 1 from charging.correction r where r.operator_id = $1 and r.session_id = c.session_id and r.reverts = c.correction_id)))[1] as standing,
          count(*) filter (where c.kind = 'revert' and not exists (select 1 from charging.correction a where a.operator_id = $1 and a.correction_id = c.reverts and a.kind = 'accept' and a.number < c.number)
            or c.kind = 'accept' and c.energy_wh <> (select coalesce(sum((i.value ->> 2)::bigint), 0) from jsonb_array_elements(c.intervals) i)) as wrong
        from charging.correction c where c.operator_id = $1 group by c.session_id) x
      join charging.session s on s.operator_id = $1 and s.session_id = x.session_id
      where s.correction_id is distinct from x.standing or x.rows <> x.newest or x.wrong > 0
      union all
      select s.session_id::text, 'names a correction, and there is none of it' from charging.session s where s.operator_id = $1 and s.correction_id is not null
        and not exists (select 1 from charging.correction c where c.operator_id = $1 and c.session_id = s.session_id)`,
  },
  {
    code: 'charging_orphan_links_hold', about: 'every end that was accepted as that of a session names the acceptance, is of the same charge point, and while that stands charges nothing and ends no other session',
    count: 'select count(*) from charging.orphan_link where operator_id = $1',
    failures: `select l.correction_id::text as id, format('session %s, orphan %s: correction %s of %s from %s, standing %s of %s, orphan charges %s for %s Wh, held %s',
        l.session_id, l.orphan_session_id, c.kind, c.session_id, c.source, s.correction_id = l.correction_id, standing.links, b.total_minor, b.energy_wh, o.held) as detail
      from charging.orphan_link l
      left join charging.correction c on c.operator_id = $1 and c.correction_id = l.correction_id
      left join charging.session s on s.operator_id = $1 and s.session_id = l.session_id
      left join charging.session o on o.operator_id = $1 and o.session_id = l.orphan_session_id
      left join charging.bill b on b.operator_id = $1 and b.bill_id = o.current_bill_id
      cross join lateral (select count(*) as links from charging.orphan_link x join charging.session y on y.operator_id = $1 and y.session_id = x.session_id and y.correction_id = x.correction_id
        where x.operator_id = $1 and x.orphan_session_id = l.orphan_session_id) standing
      where l.operator_id = $1 and (c.kind is distinct from 'accept' or c.source is distinct from 'device_bill' or c.session_id is distinct from l.session_id or s.charge_point_id is distinct from o.charge_point_id
        or s.correction_id = l.correction_id and (standing.links <> 1 or o.held or b.total_minor is distinct from 0 or b.energy_wh is distinct from 0))
      union all
      select c.correction_id::text, format('accepts an end without a session for %s, and links none', c.session_id) from charging.correction c
      where c.operator_id = $1 and c.kind = 'accept' and c.source = 'device_bill'
        and c.proposal @? '$.candidates[*] ? (@.source == "device_bill").evidence[*] ? (@.key == "orphan_stop")'
        and not exists (select 1 from charging.orphan_link l where l.operator_id = $1 and l.correction_id = c.correction_id)`,
  },
];

async function inSql(tx: Tx, { code, about, count, failures }: (typeof CHECKS)[number]): Promise<ChargingAuditCheck> {
  // One statement, so that the count and what is wrong are of one moment.
  const rows = await tx.query<{ checked: bigint; id: string | null; detail: string | null }>(
    `select c.count::bigint as checked, f.id, f.detail from (${count}) c left join (select * from (${failures}) f limit ${AUDIT_FAILURES_MAX}) f on true`, [onlyOperator(tx)]);
  return { code, about, checked: Number(rows[0]!.checked), failures: rows.flatMap(({ id, detail }) => (id === null ? [] : [{ id, detail: detail ?? '' }])) };
}

/** Coupons that count as used are those that current bills took, to the minor unit. */
async function couponsPayBills(tx: Tx): Promise<ChargingAuditCheck> {
  const [billed] = await tx.query<{ coupons: number; discountMinor: bigint; stated: bigint }>(
    `select count(*)::int as coupons, coalesce(sum(p.amount), 0)::bigint as "discountMinor", (select coalesce(sum(b.from_coupon_minor), 0)::bigint from charging.session x
         join charging.bill b on b.operator_id = x.operator_id and b.bill_id = x.current_bill_id where x.operator_id = $1) as stated
     from charging.session s join charging.bill_posting p on p.operator_id = s.operator_id and p.bill_id = s.current_bill_id and p.purpose = 'coupon' where s.operator_id = $1`, [onlyOperator(tx)]);
  const used = await couponsInUse(tx);
  const same = billed!.coupons === used.coupons && billed!.discountMinor === used.discountMinor && billed!.stated === used.discountMinor;
  const failures = same ? [] : [{ id: 'coupons', detail: `bills took ${billed!.coupons} for ${billed!.discountMinor} and say ${billed!.stated}, used are ${used.coupons} for ${used.discountMinor}` }];
  return { code: 'charging_coupons_pay_bills', about: 'every used coupon pays exactly one current bill, and bills were paid by no others', checked: used.coupons, failures };
}

/** Every posting that a bill remembers is in the ledger, between the same accounts and of the same amount. */
async function postingsAreTransfers(tx: Tx): Promise<ChargingAuditCheck> {
  const failures: AuditFailure[] = [];
  let checked = 0;
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const page = await tx.query<{ transferId: string; purpose: string; debit: string; credit: string; amount: bigint }>(
      `select transfer_id as "transferId", purpose, debit_account as debit, credit_account as credit, amount from charging.bill_posting
       where operator_id = $1 and transfer_id > $2 order by transfer_id limit ${PAGE_MAX}`, [onlyOperator(tx), after]);
    const transfers = new Map((await lookupTransfers(tx, page.map((posting) => uuidToBigInt(posting.transferId)), { clock: CLOCK })).map((transfer) => [bigIntToUuid(transfer.id), transfer]));
    for (const posting of page) {
      const transfer = transfers.get(posting.transferId);
      const same = transfer && bigIntToUuid(transfer.debitAccountId) === posting.debit && bigIntToUuid(transfer.creditAccountId) === posting.credit
        && (posting.purpose === 'hold_voided' ? transfer.flags.voidPendingTransfer : transfer.amount === posting.amount);
      if (!same) failures.push({ id: posting.transferId, detail: `${posting.purpose} of ${posting.amount}: ${transfer ? `booked as ${transfer.amount}` : 'not in the ledger'}` });
    }
    checked += page.length;
    if (page.length < PAGE_MAX) break;
    after = page.at(-1)!.transferId;
  }
  return { code: 'charging_postings_are_in_the_ledger', about: 'every transfer that a bill names is in the ledger with the same accounts and amount', checked, failures: failures.slice(0, AUDIT_FAILURES_MAX) };
}

/** The inverse: revenue accounts hold what current bills say, and nothing else. */
async function revenueIsBilled(tx: Tx, currency: CurrencyCode): Promise<ChargingAuditCheck> {
  const [billed] = await tx.query<{ bills: bigint; electricity: bigint; service: bigint; occupancy: bigint }>(
    `select count(*) as bills, coalesce(sum(b.electricity_minor), 0)::bigint as electricity, coalesce(sum(b.service_minor), 0)::bigint as service, coalesce(sum(b.occupancy_minor), 0)::bigint as occupancy
     from charging.session s join charging.bill b on b.operator_id = s.operator_id and b.bill_id = s.current_bill_id where s.operator_id = $1`, [onlyOperator(tx)]);
  const failures: AuditFailure[] = [];
  for (const part of ['electricity', 'service', 'occupancy'] as const) {
    const [account] = await balancesAt(tx, [accountId(`revenue_${part}`, moneyLedger(currency), null)], NOW);
    const booked = account ? account.creditsPosted - account.debitsPosted : 0n;
    if (booked !== billed![part]) failures.push({ id: `revenue_${part}`, detail: `billed ${billed![part]}, in the ledger ${booked}` });
  }
  return { code: 'charging_revenue_is_billed', about: 'revenue in the ledger is what current bills charge', checked: Number(billed!.bills), failures };
}

type WalletRow = { memberId: MemberId; held: bigint; paid: bigint; owed: bigint; reversed: bigint };

/** Of what moves wallets, all that is charging's own is explained: reversals credit them, bills debit them, and holds of open sessions reserve them. */
async function walletsMovedByBills(tx: Tx, currency: CurrencyCode): Promise<ChargingAuditCheck> {
  const totals = await walletsMovedByOthers(tx);
  const members = [...totals.keys()];
  const failures: AuditFailure[] = [];
  for (let from = 0; from < members.length; from += PAGE_MAX) {
    const page = members.slice(from, from + PAGE_MAX);
    const wallets = page.map((memberId) => memberAccountId('member_wallet', memberId, currency));
    const rows = await tx.query<WalletRow>(
      `select k.member_id as "memberId",
         coalesce((select sum(s.hold_minor) from charging.session s where s.operator_id = $1 and s.member_id = k.member_id and s.hold_state = 'held' and s.state = 'active'), 0)::bigint as held,
         coalesce(d.amount, 0)::bigint as paid, coalesce(c.amount, 0)::bigint as reversed
       from unnest($2::uuid[], $3::uuid[]) as k (member_id, account)
       left join (select debit_account, sum(amount) as amount from charging.bill_posting where operator_id = $1 and purpose in ('hold', 'wallet') group by 1) d on d.debit_account = k.account
       left join (select credit_account, sum(amount) as amount from charging.bill_posting where operator_id = $1 and reverses is not null group by 1) c on c.credit_account = k.account`,
      [onlyOperator(tx), page, wallets.map(bigIntToUuid)]);
    const balances = new Map((await balancesAt(tx, wallets, NOW)).map((balance) => [balance.id, balance]));
    for (const row of rows) {
      const balance = balances.get(memberAccountId('member_wallet', row.memberId, currency));
      const wrong = balance ? compareWallet(balance, row, totals.get(row.memberId)!) : 'no account in the ledger';
      if (wrong) failures.push({ id: row.memberId, detail: wrong });
    }
  }
  return {
    code: 'charging_wallets_move_by_bills', about: 'beside what other modules answer for, a wallet is credited by reversals, debited by bills, and reserved by the holds of open sessions, and by nothing else',
    checked: members.length, failures: failures.slice(0, AUDIT_FAILURES_MAX),
  };
}

function compareWallet(balance: { creditsPosted: bigint; debitsPosted: bigint; debitsPending: bigint }, row: WalletRow, others: MovedByOthers): string | null {
  const wrong = [
    balance.creditsPosted === others.creditedMinor + row.reversed ? '' : `credited ${balance.creditsPosted}, by others ${others.creditedMinor} and reversals ${row.reversed}`,
    balance.debitsPosted === others.debitedMinor + row.paid ? '' : `debited ${balance.debitsPosted}, by others ${others.debitedMinor} and bills ${row.paid}`,
    balance.debitsPending === others.heldMinor + row.held ? '' : `reserved ${balance.debitsPending}, by others ${others.heldMinor} and open sessions ${row.held}`,
  ].filter((text) => text !== '');
  return wrong.length === 0 ? null : wrong.join('; ');
}

export type ConnectorEnergy = { readonly connectorId: ConnectorId; readonly meteredWh: bigint; readonly billedWh: bigint; readonly heldWh: bigint; readonly unexplainedWh: bigint };
/** `estimatedWh` is what corrections bill beyond what the session's registers prove: no meter has counted it yet. */
type MeteredConnector = ConnectorEnergy & { readonly estimatedWh: bigint };
export const UNEXPLAINED_PAGE_MAX = 500;

/** Connectors whose meter counted more than was billed, the most first; `heldWh` is what bills under review propose. */
export async function unexplainedEnergy(tx: Tx, limit = UNEXPLAINED_PAGE_MAX): Promise<ConnectorEnergy[]> {
  return (await connectorEnergy(tx)).map(({ estimatedWh: _estimated, ...row }) => row).filter((row) => row.unexplainedWh !== 0n).sort((a, b) => (b.unexplainedWh > a.unexplainedWh ? 1 : -1)).slice(0, Math.min(limit, UNEXPLAINED_PAGE_MAX));
}

async function connectorEnergy(tx: Tx): Promise<MeteredConnector[]> {
  return tx.query<MeteredConnector>(
    `select m.connector_id as "connectorId", m.posted_wh as "meteredWh", coalesce(b.billed, 0)::bigint as "billedWh", coalesce(b.held, 0)::bigint as "heldWh",
       (m.posted_wh - coalesce(b.billed, 0))::bigint as "unexplainedWh", coalesce(b.estimated, 0)::bigint as "estimatedWh"
     from charging.connector_meter m left join (
       select s.connector_id, sum(b.energy_wh) as billed, sum(b.proposed_energy_wh) as held,
         sum(greatest(0, b.energy_wh - s.energy_wh)) filter (where b.correction_id is not null) as estimated
       from charging.session s join charging.bill b on b.operator_id = s.operator_id and b.bill_id = s.current_bill_id where s.operator_id = $1 group by s.connector_id) b using (connector_id)
     where m.operator_id = $1 order by m.connector_id`, [onlyOperator(tx)]);
}

/** metered = billed + free + loss + unexplained, in the ledger and in the meters alike; nothing is billed that was not metered, save what corrections estimate beyond the registers, which is listed. */
async function energyIsAccountedFor(tx: Tx): Promise<ChargingAuditCheck> {
  const connectors = await connectorEnergy(tx);
  const sum = (pick: (row: MeteredConnector) => bigint): bigint => connectors.reduce((total, row) => total + pick(row), 0n);
  const failures: AuditFailure[] = connectors.filter((row) => row.unexplainedWh + row.estimatedWh < 0n)
    .map((row) => ({ id: row.connectorId, detail: `billed ${row.billedWh} Wh, of which estimated ${row.estimatedWh} Wh, metered ${row.meteredWh} Wh` }));
  const figures = { meteredWh: sum((row) => row.meteredWh), billedWh: sum((row) => row.billedWh), freeWh: 0n, lossWh: 0n, unexplainedWh: sum((row) => row.unexplainedWh), heldWh: sum((row) => row.heldWh), estimatedWh: sum((row) => row.estimatedWh) };
  for (const [kind, expected] of [['grid_intake', figures.meteredWh], ['energy_billed', -figures.billedWh]] as const) {
    const [account] = await balancesAt(tx, [accountId(kind, ENERGY_LEDGER, null)], NOW);
    const booked = account ? account.creditsPosted - account.debitsPosted : 0n;
    if (booked !== expected) failures.push({ id: kind, detail: `expected ${expected} Wh, in the ledger ${booked} Wh` });
  }
  return {
    code: 'charging_energy_is_accounted_for', about: 'metered = billed + free + loss + unexplained, and no connector is billed more than it metered and corrections estimate', checked: connectors.length,
    failures: failures.slice(0, AUDIT_FAILURES_MAX), figures,
  };
}
