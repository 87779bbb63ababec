import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { instant, type ConnectorId, type Instant, type OperatorId, type StationId, type TariffId } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { sqlState, type Tx } from '../../platform/database/index.ts';
import { isDayCoverageViolation } from './commands/create-tariff.ts';
import { assignTariff, createTariff, parseRate, tariffsFor, tariffsForAll, type NewTariff, type Tariff, type TariffPeriod } from './index.ts';

const test = await openTestDatabase();
const as = <T>(operatorId: OperatorId, work: (tx: Tx) => Promise<T>): Promise<T> => test.database.forOperator(operatorId).transaction(work);
const at = (text: string): Instant => instant(Date.parse(text));
const period = (startMinute: number, endMinute: number, change: Partial<TariffPeriod> = {}): TariffPeriod =>
  ({ startMinute, endMinute, kind: 'flat', electricity: parseRate('1.2345')!, service: parseRate('0.4')!, ...change });
const terms = (change: Partial<NewTariff> = {}): NewTariff =>
  ({ name: 'Day and night', currency: 'CNY', periods: [period(420, 1440), period(0, 420, { kind: 'valley' })], occupancy: { ratePerMinute: parseRate('0.1')!, graceMinutes: 15 }, ...change });
async function made(tx: Tx, change: Partial<NewTariff> = {}): Promise<Tariff> {
  const result = await createTariff(tx, terms(change));
  assert.ok(result.ok, result.ok ? '' : result.error.code);
  return result.value;
}

describe('tariffs', () => {
  it('keeps versions: a change is a new version of the same series', async () => {
    const versions = await as(newOperatorId(), async (tx) => {
      const first = await made(tx);
      const second = await made(tx, { name: 'Dearer', previousTariffId: first.tariffId });
      const third = await made(tx, { previousTariffId: first.tariffId });
      assert.deepEqual([second.seriesId, third.seriesId], [first.tariffId, first.tariffId]);
      return [first.version, second.version, third.version];
    });
    assert.deepEqual(versions, [1, 2, 3]);
  });

  it('reads back what was written, periods in order', async () => {
    await as(newOperatorId(), async (tx) => {
      const tariff = await made(tx);
      const stationId = newUuid() as StationId;
      await assignTariff(tx, { tariffId: tariff.tariffId, stationId, validFrom: at('2026-01-01T00:00Z') });
      const [found] = await tariffsFor(tx, { stationId, connectorId: null, from: at('2026-02-01T00:00Z'), to: at('2026-02-02T00:00Z') });
      const { recordedAt: _, ...read } = found!.tariff as Tariff & { recordedAt: Instant };
      assert.deepEqual(read, tariff);
      assert.deepEqual(read.periods.map((each) => each.startMinute), [0, 420]);
    });
  });

  const refusals: [string, Partial<NewTariff>][] = [
    ['tariff_name_malformed', { name: '  ', periods: [] }],
    ['tariff_periods_too_many', { periods: Array.from({ length: 33 }, (_, i) => period(i, i)) }],
    ['tariff_period_malformed', { periods: [period(0, 1440), period(5, 5)] }],
    ['tariff_day_gap', { periods: [period(0, 400), period(420, 1440)] }],
    ['tariff_day_gap', { periods: [] }],
    ['tariff_day_overlap', { periods: [period(0, 430), period(420, 1440)] }],
    ['tariff_rate_out_of_range', { periods: [period(0, 1440, { service: { value: 1n, scale: 5 } })], occupancy: { ratePerMinute: { value: 1n, scale: 0 }, graceMinutes: -1 } }],
    ['tariff_rate_out_of_range', { occupancy: { ratePerMinute: { value: -1n, scale: 4 }, graceMinutes: -1 } }],
    ['tariff_grace_out_of_range', { occupancy: { ratePerMinute: { value: 1n, scale: 0 }, graceMinutes: -1 } }],
    ['tariff_not_found', { previousTariffId: newUuid() as TariffId }],
  ];
  for (const [code, change] of refusals) {
    it(`refuses with ${code}`, async () => {
      const result = await as(newOperatorId(), (tx) => createTariff(tx, terms(change)));
      assert.equal(result.ok ? 'accepted' : result.error.code, code);
    });
  }

  it('covers the day exactly once in the database, whatever the program writes', async () => {
    const write = (periods: [number, number][]) => as(newOperatorId(), async (tx) => {
      const tariffId = newUuid();
      await tx.execute(`insert into tariffs.tariff (operator_id, tariff_id, series_id, version, name, currency) values ($1, $2, $2, 1, 'x', 'CNY')`, [tx.operatorIds[0], tariffId]);
      for (const [start, end] of periods) {
        await tx.execute(`insert into tariffs.period (operator_id, tariff_id, start_minute, end_minute, kind, electricity_rate_e4, service_rate_e4) values ($1, $2, $3, $4, 'flat', 1, 1)`, [tx.operatorIds[0], tariffId, start, end]);
      }
    });
    await write([[0, 1440]]);
    await write([[600, 1440], [0, 600]]);
    const broken: [number, number][][] = [[], [[0, 600]], [[0, 600], [601, 1440]], [[0, 600], [599, 1440]], [[600, 1440]], [[0, 1440], [0, 1440]],
      [[0, 720], [720, 1440], [100, 720]], [[0, 720], [720, 1440], [700, 720]], [[0, 1441]], [[0, 0], [0, 1440]], [[0, 720], [720, 1440], [720, 1440]]];
    for (const periods of broken) await assert.rejects(write(periods), isDayCoverageViolation, JSON.stringify(periods));
  });

  it('never changes a version that was written', async () => {
    const operatorId = newOperatorId();
    await as(operatorId, (tx) => made(tx));
    for (const statement of ['update tariffs.tariff set name = $1', 'update tariffs.period set kind = $1']) {
      await assert.rejects(as(operatorId, (tx) => tx.execute(statement, ['peak'])), (error) => ['42501', '23001'].includes(sqlState(error) ?? ''));
    }
  });
});

describe('assignments', () => {
  const stationId = newUuid() as StationId;
  const connectorId = newUuid() as ConnectorId;

  it('ends the tariff before it where the next one begins', async () => {
    await as(newOperatorId(), async (tx) => {
      const [first, second] = [await made(tx), await made(tx)];
      await assignTariff(tx, { tariffId: first.tariffId, stationId, validFrom: at('2026-01-01T00:00Z') });
      await assignTariff(tx, { tariffId: second.tariffId, stationId, validFrom: at('2026-06-01T00:00Z') });
      const found = await tariffsFor(tx, { stationId, connectorId: null, from: at('2026-05-01T00:00Z'), to: at('2026-07-01T00:00Z') });
      assert.deepEqual(found.map((each) => [each.tariff.tariffId, each.validFrom, each.validTo]), [
        [first.tariffId, at('2026-01-01T00:00Z'), at('2026-06-01T00:00Z')], [second.tariffId, at('2026-06-01T00:00Z'), null]]);
    });
  });

  it("puts a connector's own tariff before the station's, and the station's wherever the connector has none", async () => {
    await as(newOperatorId(), async (tx) => {
      const [general, own] = [await made(tx), await made(tx)];
      await assignTariff(tx, { tariffId: general.tariffId, stationId, validFrom: at('2026-01-01T00:00Z') });
      await assignTariff(tx, { tariffId: own.tariffId, stationId, connectorId, validFrom: at('2026-03-01T00:00Z'), validTo: at('2026-04-01T00:00Z') });
      const period = { from: at('2026-02-01T00:00Z'), to: at('2026-05-01T00:00Z') };
      const [here, there] = await tariffsForAll(tx, [{ stationId, connectorId, ...period }, { stationId, connectorId: newUuid() as ConnectorId, ...period }]);
      assert.deepEqual(here!.map((each) => [each.tariff.tariffId === own.tariffId, each.validFrom]), [
        [false, at('2026-01-01T00:00Z')], [true, at('2026-03-01T00:00Z')], [false, at('2026-04-01T00:00Z')]]);
      assert.deepEqual(there!.map((each) => each.tariff.tariffId), [general.tariffId]);
    });
  });

  it('refuses what is reversed, in the past, unknown or in the way of another', async () => {
    await as(newOperatorId(), async (tx) => {
      const { tariffId } = await made(tx);
      const base = { tariffId, stationId, validFrom: at('2026-06-01T00:00Z') };
      await assignTariff(tx, base);
      const tries = [
        await assignTariff(tx, { ...base, validTo: base.validFrom, notBefore: at('2027-01-01T00:00Z') }),
        await assignTariff(tx, { ...base, notBefore: at('2026-06-01T00:01Z'), tariffId: newUuid() as TariffId }),
        await assignTariff(tx, { ...base, tariffId: newUuid() as TariffId }),
        await assignTariff(tx, base),
        await assignTariff(tx, { ...base, validFrom: at('2026-01-01T00:00Z') }),
        await assignTariff(tx, { ...base, validFrom: at('2026-01-01T00:00Z'), validTo: base.validFrom }),
      ];
      assert.deepEqual(tries.map((result) => (result.ok ? 'accepted' : result.error.code)),
        ['assignment_reversed', 'assignment_in_past', 'tariff_not_found', 'assignment_overlaps', 'assignment_overlaps', 'accepted']);
    });
  });

  it('lets one of two at the same moment through, also past the program', async () => {
    const operatorId = newOperatorId();
    const tariffId = await as(operatorId, async (tx) => (await made(tx)).tariffId);
    const results = await Promise.all(Array.from({ length: 4 }, () => as(operatorId, (tx) => assignTariff(tx, { tariffId, stationId, validFrom: at('2026-01-01T00:00Z') }))));
    assert.equal(results.filter((result) => result.ok).length, 1);
    const raw = as(operatorId, (tx) => tx.execute(
      `insert into tariffs.assignment (operator_id, assignment_id, tariff_id, station_id, valid_from) values ($1, $2, $3, $4, '2027-01-01')`, [operatorId, newUuid(), tariffId, stationId]));
    await assert.rejects(raw, (error) => sqlState(error) === '23P01');
  });

  it('ends an assignment once and changes nothing else of it', async () => {
    const operatorId = newOperatorId();
    await as(operatorId, async (tx) => {
      await assignTariff(tx, { tariffId: (await made(tx)).tariffId, stationId, validFrom: at('2026-01-01T00:00Z'), validTo: at('2026-02-01T00:00Z') });
    });
    await assert.rejects(as(operatorId, (tx) => tx.execute(`update tariffs.assignment set valid_to = '2027-01-01'`)), (error) => sqlState(error) === '23001');
    await assert.rejects(as(operatorId, (tx) => tx.execute(`update tariffs.assignment set valid_from = '2020-01-01'`)), (error) => sqlState(error) === '42501');
  });
});

describe('tenancy of tariffs', () => {
  const TABLES = ['assignment', 'period', 'tariff'];

  it("shows own rows and no foreign rows on every table, and lets nobody write another's", async () => {
    const [mine, other] = [newOperatorId(), newOperatorId()];
    const all = await test.database.untenanted.query<{ name: string }>(`select relname as name from pg_class where relnamespace = 'tariffs'::regnamespace and relkind = 'r' order by 1`);
    assert.deepEqual(all.map((row) => row.name), TABLES);
    for (const operatorId of [mine, other]) {
      await as(operatorId, async (tx) => assignTariff(tx, { tariffId: (await made(tx)).tariffId, stationId: newUuid() as StationId, validFrom: instant(0) }));
    }
    for (const table of TABLES) {
      const rows = await as(mine, (tx) => tx.query(`select operator_id from tariffs.${table}`));
      assert.ok(rows.length > 0 && rows.every((row) => row.operator_id === mine), `${table} shows another operator's rows or nothing`);
      await assert.rejects(as(mine, (tx) => tx.execute(`insert into tariffs.${table} (operator_id) values ($1)`, [other])), (error) => sqlState(error) === '42501');
    }
  });
});
