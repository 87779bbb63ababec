/** Two years of sessions and their bills, as rows: written by SELECTs over numbers, because ten million of them made one by one would take days. */
import pg from 'pg';
import { bigIntToUuid, type ChargePointId, type ConnectorId, type MemberId, type StationId } from '../../src/kernel/index.ts';
import { newUuid } from '../../src/platform/clock/index.ts';
import { accountId, ENERGY_LEDGER, moneyLedger } from '../../src/modules/ledger/index.ts';

export const SESSION_WH = 10_000n;
const ROWS_PER_INSERT = 200_000;

export type StoredPlace = { readonly chargePointId: ChargePointId; readonly connectorId: ConnectorId; readonly memberId: MemberId };
export type StoredPast = {
  readonly operatorId: string; readonly stationId: StationId; readonly places: readonly StoredPlace[]; readonly sessions: number;
  /** Also what the ledger keeps of every bill: a hold and its capture, revenue and energy. It doubles the disk. */
  readonly withBooks: boolean;
};

/** Ids from numbers, in the order of the numbers and with the time of a version 7 id. */
const id = (kind: number): string => `(lpad(to_hex(1704067200000 + i), 12, '0') || '70008' || lpad(to_hex(${kind}), 3, '0') || lpad(to_hex(i), 12, '0'))::uuid`;
/** Ids of transfers are digests: they come in no order. */
const transferOf = (operatorId: string) => (purpose: string): string => `md5('${operatorId} ${purpose} ' || i)::uuid`;

type Insert = { readonly text: string; readonly values: readonly unknown[] };
type Numbers = { readonly from: number; readonly to: number };

/**
 * Stores them with every index in place. Triggers and foreign keys are off while loading: the rows are whole.
 * @returns the register at which each connector stands after them.
 */
export async function storePast(adminUrl: string, past: StoredPast, progress: (line: string) => void): Promise<bigint> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query('set session_replication_role = replica');
  await client.query('set synchronous_commit = off');
  for (let from = 0; from < past.sessions; from += ROWS_PER_INSERT) {
    const numbers = { from, to: Math.min(past.sessions, from + ROWS_PER_INSERT) - 1 };
    for (const { text, values } of [...chargingRows(past, numbers), ...(past.withBooks ? bookRows(past, numbers) : [])]) await client.query(text, [...values]);
    progress(`${numbers.to + 1} of ${past.sessions} sessions`);
  }
  // The checkpoint job has been here: nothing is left of the past that a balance would have to add up.
  if (past.withBooks) await client.query(`insert into ledger.checkpoint (operator_id, sequence, indexed_sequence) select $1, last_value, last_value from ledger.movement_sequence on conflict (operator_id) do update set sequence = excluded.sequence, indexed_sequence = excluded.indexed_sequence`, [past.operatorId]);
  await client.end();
  return BigInt(perPlace(past)) * SESSION_WH;
}

const perPlace = ({ sessions, places }: StoredPast): number => Math.ceil(sessions / places.length);

/** `i` numbers sessions, `p` their places from 1, `n` the sessions of one place; `at`, `length` and `base` are when they were, how long, and the register at their start. */
const rowsOf = (past: StoredPast, { from, to }: Numbers): string => `generate_series(${from}, ${to}) i cross join lateral (select 1 + i % ${past.places.length} as p, i / ${past.places.length} as n) q
  cross join lateral (select timestamptz '2024-01-01' + n * interval '730 days' / ${perPlace(past)} as at, interval '500 days' / ${perPlace(past)} as length, n * ${SESSION_WH}::bigint as base) x`;

function chargingRows(past: StoredPast, numbers: Numbers): Insert[] {
  const { operatorId, stationId, places } = past;
  const [rows, transfer] = [rowsOf(past, numbers), transferOf(operatorId)];
  const [chargePoints, connectors, members] = [places.map((place) => place.chargePointId), places.map((place) => place.connectorId), places.map((place) => place.memberId)];
  return [
    { text: `insert into charging.session (operator_id, session_id, charge_point_id, evse_number, connector_id, station_id, time_zone, max_power_w, transaction_ref, start_message_id, start_sequence, start_applied, member_id, token_mask, token_status, credential_id,
        decision, start_mode, hold_transfer, hold_minor, hold_state, state, started_at, ended_at, first_recorded_at, last_recorded_at, start_register_wh, register_first_wh, register_last_wh, register_last_at, energy_wh, current_bill_id, bill_version)
      select $1, ${id(10)}, ($2::uuid[])[p], 1, ($3::uuid[])[p], $5, 'Asia/Shanghai', 60000, 'v201:' || ${id(12)}, i::text, i * 4, true, ($4::uuid[])[p], '…a1b2', 'active', ($4::uuid[])[p],
        'accepted', 'card', ${transfer('hold')}, 5000, 'posted', 'ended', at, at + length, at, at + length, base, base, base + ${SESSION_WH}, at + length, ${SESSION_WH}, ${id(11)}, 1 from ${rows}`, values: [operatorId, chargePoints, connectors, members, stationId] },
    { text: `insert into charging.bill (operator_id, bill_id, session_id, version, reason, state, currency, member_id, started_at, ended_at, energy_wh, electricity_minor, service_minor, occupancy_minor, total_minor, from_hold_minor, from_wallet_minor, receivable_minor, flags, digest, recorded_at)
      select $1, ${id(11)}, ${id(10)}, 1, 'ended', 'settled', 'CNY', ($2::uuid[])[p], at, at + length, ${SESSION_WH}, 600, 400, 0, 1000, 1000, 0, 0, '[]', md5(i::text), at + length from ${rows}`, values: [operatorId, members] },
    { text: `insert into charging.bill_line (operator_id, bill_id, line_number, charged, kind, period_kind, tariff_id, from_at, to_at, energy_wh, rate_value, rate_scale, amount_minor)
      select $1, ${id(11)}, k, true, case k when 1 then 'electricity' else 'service' end, 'flat', $2::uuid, at, at + length, ${SESSION_WH}, 6000, 4, 500 from ${rows} cross join generate_series(1, 2) k`, values: [operatorId, newUuid()] },
    { text: `insert into charging.fact (operator_id, charge_point_id, evse_number, transaction_ref, frame_sequence, ordinal, event_at, recorded_at, message_id, kind, register_wh, seq_no, offline, session_id)
      select $1, ($2::uuid[])[p], 1, 'v201:' || ${id(12)}, i * 4 + k, 0, at + k * length / 2, at + k * length / 2, i::text, (array['session_started', 'register_read', 'session_ended'])[k + 1], base + k * ${SESSION_WH / 2n}, k, false, ${id(10)} from ${rows} cross join generate_series(0, 2) k`, values: [operatorId, chargePoints] },
    { text: `insert into charging.meter_reading (operator_id, connector_id, read_at, register_wh, anchor)
      select $1, ($2::uuid[])[p], at + k * length / 2, base + k * ${SESSION_WH / 2n}, k = 0 from ${rows} cross join generate_series(0, 2) k on conflict do nothing`, values: [operatorId, connectors] },
  ];
}

/** One transfer of each kind that a bill has: who pays whom how much, and the purpose under which the bill names it. */
type Kind = { readonly purpose: string; readonly named: 'hold' | 'electricity' | 'service' | 'energy' | null; readonly debit: string; readonly credit: string; readonly amount: number; readonly pendingDelta: number; readonly ledger: number; readonly code: number; readonly flags: number };
const [PENDING, POST] = [2, 4];

function bookRows(past: StoredPast, numbers: Numbers): Insert[] {
  const money = moneyLedger('CNY');
  const [clearing, electricity, service, grid, billed] = [accountId('charging_clearing', money, null), accountId('revenue_electricity', money, null), accountId('revenue_service', money, null), accountId('grid_intake', ENERGY_LEDGER, null), accountId('energy_billed', ENERGY_LEDGER, null)]
    .map((account) => `'${bigIntToUuid(account)}'::uuid`) as [string, string, string, string, string];
  const [wallet, connector] = ['($2::uuid[])[p]', '($3::uuid[])[p]'];
  const wh = Number(SESSION_WH);
  const kinds: Kind[] = [
    { purpose: 'hold', named: null, debit: wallet, credit: clearing, amount: 5_000, pendingDelta: 5_000, ledger: money, code: 10, flags: PENDING },
    { purpose: 'metered', named: null, debit: connector, credit: grid, amount: wh, pendingDelta: 0, ledger: ENERGY_LEDGER, code: 150, flags: 0 },
    { purpose: 'billed', named: 'energy', debit: billed, credit: connector, amount: wh, pendingDelta: 0, ledger: ENERGY_LEDGER, code: 151, flags: 0 },
    { purpose: 'electricity', named: 'electricity', debit: clearing, credit: electricity, amount: 600, pendingDelta: 0, ledger: money, code: 100, flags: 0 },
    { purpose: 'service', named: 'service', debit: clearing, credit: service, amount: 400, pendingDelta: 0, ledger: money, code: 101, flags: 0 },
    { purpose: 'capture', named: 'hold', debit: wallet, credit: clearing, amount: 1_000, pendingDelta: -5_000, ledger: money, code: 10, flags: POST },
  ];
  const [rows, transfer] = [rowsOf(past, numbers), transferOf(past.operatorId)];
  const values = [past.operatorId, past.places.map(({ memberId }) => bigIntToUuid(accountId('member_wallet', money, memberId))), past.places.map(({ connectorId }) => bigIntToUuid(accountId('connector_energy', ENERGY_LEDGER, connectorId)))];
  return [
    ...kinds.map(({ purpose, debit, credit, amount, pendingDelta, ledger, code, flags }): Insert => ({
      text: `insert into ledger.transfer (operator_id, id, debit_account_id, credit_account_id, amount, pending_delta, posted_delta, timestamp_ns, ledger, code, flags, pending_id, user_data_128)
        select $1::uuid, ${transfer(purpose)}, ${debit}, ${credit}, ${amount}, ${pendingDelta}, ${flags === PENDING ? 0 : amount}, extract(epoch from at)::bigint * 1000000000, ${ledger}, ${code}, ${flags}, ${flags === POST ? transfer('hold') : 'null::uuid'}, ${id(10)}
        from ${rows} where $2::uuid[] is not null and $3::uuid[] is not null`, values,
    })),
    { text: `insert into ledger.pending_transfer (operator_id, id, status, expires_at_ns) select $1::uuid, ${transfer('hold')}, 'posted', null from ${rows}`, values: values.slice(0, 1) },
    ...kinds.filter(({ named }) => named !== null).map(({ purpose, named, debit, credit, amount, ledger }): Insert => ({
      text: `insert into charging.bill_posting (operator_id, bill_id, transfer_id, purpose, debit_account, credit_account, asset, amount)
        select $1::uuid, ${id(11)}, ${transfer(purpose)}, '${named}', ${debit}, ${credit}, '${ledger === ENERGY_LEDGER ? 'energy' : 'money'}', ${amount} from ${rows} where $2::uuid[] is not null and $3::uuid[] is not null`, values,
    })),
  ];
}

/** As autovacuum would have left them. @returns what they take on the disk. */
export async function tidyPast(adminUrl: string): Promise<{ readonly bytes: number }> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query('vacuum analyze charging.session, charging.bill, charging.bill_line, charging.bill_posting, charging.fact, charging.meter_reading, ledger.transfer, ledger.pending_transfer');
  await client.query('checkpoint');
  const { rows: [row] } = await client.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
  await client.end();
  return { bytes: Number(row!.bytes) };
}
