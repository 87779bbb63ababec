import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSessionTable, parseMapping, readSessionTable, SessionTableFault, shippedMapping, type SessionRow, type SessionTableMapping } from './index.ts';

const bytes = (text: string): Uint8Array[] => [Buffer.from(text)];
const base: SessionTableMapping = {
  title: 'A town', chargePoint: { columns: ['Point'] }, start: { columns: ['From'] }, end: { columns: ['To'] },
  energy: { column: 'kWh', unit: 'kWh' }, time: { formats: ['yyyy-MM-dd HH:mm'], zone: 'Europe/Berlin' },
};
async function rowsOf(text: string | Uint8Array[], mapping: SessionTableMapping): Promise<readonly SessionRow[]> {
  return (await loadSessionTable(typeof text === 'string' ? bytes(text) : text, parseMapping(mapping))).rows;
}
const iso = (at: number | null | undefined): string | null => (at === null || at === undefined ? null : new Date(at).toISOString().replace(':00.000Z', 'Z'));
const brief = (row: SessionRow | undefined): unknown[] => [row?.chargePointKey, row?.connector, iso(row?.startAt), iso(row?.endAt), row?.energyWh, row?.problems.map((each) => each.code).join()];

describe('reading a table of sessions', () => {
  it('gives every record exactly one row, numbered as in the file, and says what is odd about it', async () => {
    const rows = await rowsOf([
      'Point,From,To,kWh', 'A,2026-01-10 08:00,2026-01-10 09:00,5.5', 'A,2026-01-11 08:00,,', '', ',2026-01-11 08:00,2026-01-11 09:00,1', 'A,,2026-01-11 09:00,1',
      'A,soon,2026-01-11 09:00,1', 'A,2026-01-13 08:00,2026-01-12 08:00,-3', 'A,2026-01-14 08:00,later,x', 'A,2026-01-15 08:00,2026-01-15 08:00,0', 'A;2026', ',,,', 'A,2026-01-20 08:00,2026-01-23 09:00,1,slipped',
    ].join('\n'), base);
    assert.deepEqual(rows.map((row) => [row.rowNumber, row.notReplayable, ...row.problems.map((each) => each.code)]), [
      [1, null], [2, null, 'end_missing', 'energy_missing'], [3, 'charge_point_missing', 'charge_point_missing'], [4, 'start_missing', 'start_missing'],
      [5, 'start_unreadable', 'start_unreadable'], [6, null, 'end_before_start', 'energy_negative'], [7, null, 'end_unreadable', 'energy_unreadable'],
      [8, null, 'zero_duration', 'energy_zero'], [9, 'row_malformed', 'row_malformed'], [10, 'row_malformed', 'row_malformed'],
    ]);
    assert.deepEqual(brief(rows[0]), ['A', 1, '2026-01-10T07:00Z', '2026-01-10T08:00Z', 5_500n, '']);
    assert.equal(rows[5]!.energyWh, -3_000n);
  });

  it('holds one row at a time, whatever pieces the bytes come in', async () => {
    const text = Buffer.from(`Point,From,To,kWh\r\n${Array.from({ length: 50 }, (_, i) => `Grünau ${i},2026-01-10 08:00,2026-01-10 09:00,1\r\n`).join('')}`);
    const pieces = Array.from(text, (byte) => Uint8Array.of(byte));
    const rows: SessionRow[] = [];
    for await (const row of readSessionTable(pieces, base)) rows.push(row);
    assert.equal(rows.length, 50);
    assert.equal(rows[49]!.chargePointKey, 'Grünau 49');
  });

  it('reads the encodings that exports use', async () => {
    const rows = await rowsOf([Buffer.from([...Buffer.from('Point,From,To,kWh\n'), 0xc9, 0xee, 0xdb, 0xda, ...Buffer.from(',2026-01-10 08:00,2026-01-10 09:00,1\n')])], { ...base, file: { encoding: 'gb18030' } });
    assert.equal(rows[0]!.chargePointKey, '深圳');
    const western = await rowsOf([Buffer.from('Point,From,To,kWh\nGr\xfcnau,2026-01-10 08:00,2026-01-10 09:00,1\n', 'latin1')], { ...base, file: { encoding: 'latin1' } });
    assert.equal(western[0]!.chargePointKey, 'Grünau');
    const wide = await rowsOf([Buffer.from('\uFEFFPoint\tFrom\tTo\tkWh\nA\t2026-01-10 08:00\t2026-01-10 09:00\t1\n', 'utf16le')], { ...base, file: { encoding: 'utf-16le', delimiter: '\t' } });
    assert.equal(wide[0]!.chargePointKey, 'A');
    await assert.rejects(rowsOf([Buffer.from('Point,From,To,kWh\nGr\xfcnau,,,\n', 'latin1')], base), { code: 'encoding_wrong' });
  });

  it('finds a column by its letters and digits, or says what the file has instead', async () => {
    const rows = await rowsOf('"Charge Point / ID",From,To,Energy (kWh)\nA,2026-01-10 08:00,2026-01-10 09:00,1\n', { ...base, chargePoint: { columns: ['charge_point_id'] }, energy: { column: ['kWh', 'Energy__kWh_'], unit: 'kWh' } });
    assert.equal(rows[0]!.energyWh, 1_000n);
    await assert.rejects(rowsOf('Point;From;To;kWh\n', base), (error: SessionTableFault) => error.code === 'column_not_found' && /"Point;From;To;kWh".*delimiter/.test(error.message));
    await assert.rejects(rowsOf('Point,From,To,k-Wh,k_Wh\n', base), { code: 'column_ambiguous' });
    await assert.rejects(rowsOf('', base), { code: 'file_malformed' });
  });

  it('stops at a quote that never closes instead of losing the rows behind it', async () => {
    const tail = 'A,2026-01-10 08:00,2026-01-10 09:00,1\n'.repeat(3_000);
    await assert.rejects(rowsOf(`Point,From,To,kWh\n"A,2026-01-10 08:00,2026-01-10 09:00,1\n${tail}`, base), { code: 'file_malformed' });
  });

  it('tells connectors apart by overlap where the table does not', async () => {
    const rows = await rowsOf([
      'Point,From,To,kWh', 'A,2026-01-10 10:30,2026-01-10 12:00,1', 'A,2026-01-10 08:00,2026-01-10 11:00,1', 'A,2026-01-10 10:45,2026-01-10 10:50,1', 'A,2026-01-10 12:00,2026-01-10 13:00,1', 'B,2026-01-10 08:00,,1',
    ].join('\n'), { ...base, connector: { byOverlap: 2 } });
    assert.deepEqual(rows.map((row) => [row.connector, row.problems.some((each) => each.code === 'overlaps')]), [[2, false], [1, false], [1, true], [1, false], [1, false]]);
  });

  it('names what is wrong with a mapping', () => {
    const wrong = (change: object): string => {
      try {
        parseMapping({ ...base, ...change });
        return 'accepted';
      } catch (error) {
        assert.ok(error instanceof SessionTableFault && error.code === 'mapping_invalid');
        return error.message;
      }
    };
    assert.match(wrong({ energie: {} }), /additional properties \(energie\)/);
    assert.match(wrong({ energy: { column: 'kWh', unit: 'kw' } }), /\/energy\/unit .*Wh, kWh, MWh/);
    assert.match(wrong({ time: { formats: ['yyyy-MM-dd QQ'], zone: 'Europe/Berlin' } }), /\/time\/formats\/0 .*"QQ"/);
    assert.match(wrong({ time: { formats: ['HH:mm'], zone: 'Europe/Berlin' } }), /lacks a year/);
    assert.match(wrong({ time: { formats: ['iso'], zone: 'Berlin/Mitte' } }), /\/time\/zone Berlin\/Mitte is not/);
    assert.match(wrong({ start: { columns: ['From'], zoneColumn: 'TZ' } }), /abbreviations/);
    assert.match(wrong({ file: { encoding: 'klingon' } }), /\/file\/encoding klingon/);
    assert.match(wrong({ end: undefined }), /end|duration/);
    assert.equal(wrong({ end: undefined, duration: { column: 'x', unit: 's' } }), 'accepted');
  });
});

describe('times of a table', () => {
  const table = (from: string, to: string, time: Partial<SessionTableMapping['time']>, zone = ''): Promise<readonly SessionRow[]> => rowsOf(
    `Point;From;To;kWh;TZ\nA;${from};${to};1;${zone}\n`,
    { ...base, file: { delimiter: ';' }, time: { ...base.time, ...time }, ...(zone ? { start: { columns: ['From'], zoneColumn: 'TZ' }, end: { columns: ['To'], zoneColumn: 'TZ' } } : {}) });

  const rows: [what: string, from: string, to: string, time: Partial<SessionTableMapping['time']>, zone: string, expected: [string | null, string | null, string]][] = [
    ['12-hour clocks', '7/29/2011 12:05 AM', '7/29/2011 12:05 PM', { formats: ['M/d/yyyy h:mm a'], zone: 'America/Los_Angeles' }, '', ['2011-07-29T07:05Z', '2011-07-29T19:05Z', '']],
    ['month names', '5 Mar 2026 08:00', '05 March 2026 09:30', { formats: ['d MMM yyyy HH:mm', 'd MMMM yyyy HH:mm'] }, '', ['2026-03-05T07:00Z', '2026-03-05T08:30Z', '']],
    ['offsets that are true', '2026-07-01T08:00:00+0530', '2026-07-01T03:30:00Z', { formats: ['iso'] }, '', ['2026-07-01T02:30Z', '2026-07-01T03:30Z', '']],
    ['offsets that are not true', '2026/07/01 08:00:00+00', '2026/07/01 09:00:00+00', { formats: ['yyyy/MM/dd HH:mm:ssXXX'], writtenOffset: 'ignore', zone: 'America/Denver' }, '', ['2026-07-01T14:00Z', '2026-07-01T15:00Z', '']],
    ["a row's own zone", '2019-03-10 01:30', '2019-03-10 03:30', { zone: 'America/Denver', abbreviations: { MST: '-07:00', MDT: '-06:00' } }, 'mst', ['2019-03-10T08:30Z', '2019-03-10T10:30Z', '']],
    ["a row's own zone by name", '2026-07-01 08:00', '2026-07-01 09:00', { abbreviations: { PT: 'America/Los_Angeles' } }, 'PT', ['2026-07-01T15:00Z', '2026-07-01T16:00Z', '']],
    ["a row's zone that nobody knows", '2026-07-01 08:00', '2026-07-01 09:00', { abbreviations: { PT: 'America/Los_Angeles' } }, 'XYZ', [null, null, 'start_zone_unknown,end_zone_unknown']],
    ['day and month exchanged where both fit', '2017-01-12 08:00', '2017-11-30 09:00', { formats: [{ format: 'yyyy-MM-dd HH:mm', swapDayAndMonth: 'when_both_fit' }], zone: 'Europe/London' }, '', ['2017-12-01T08:00Z', '2017-11-30T09:00Z', 'end_before_start']],
    ['the hour that autumn repeats: the end follows the start', '2026-10-25 02:50', '2026-10-25 02:10', {}, '', ['2026-10-25T00:50Z', '2026-10-25T01:10Z', 'time_repeated,time_repeated']],
    ['the hour that spring skips', '2026-03-29 02:30', '2026-03-29 04:00', {}, '', ['2026-03-29T01:30Z', '2026-03-29T02:00Z', 'time_skipped']],
    ['a clock that was not set', '2026-03-01 02:30', '1970-01-01 01:00', { notBefore: '2000-01-01' }, '', ['2026-03-01T01:30Z', '1970-01-01T00:00Z', 'clock_unset,end_before_start']],
    ['seconds since 1970', '1767340800', '1767344400', { formats: ['epoch_s'] }, '', ['2026-01-02T08:00Z', '2026-01-02T09:00Z', '']],
    ["a spreadsheet's days", '46024.375', '46024.4166666667', { formats: ['excel'] }, '', ['2026-01-02T08:00Z', '2026-01-02T09:00Z', '']],
    ['text that does not matter', 'Wed, 25 Apr 2018 11:08:00 GMT', 'Wed, 25 Apr 2018 13:20:00 GMT', { formats: ['*, dd MMM yyyy HH:mm:ss XXX'] }, '', ['2018-04-25T11:08Z', '2018-04-25T13:20Z', '']],
    ['no such day', '2026-02-30 08:00', '2026-02-28 24:00', {}, '', [null, '2026-02-28T23:00Z', 'start_unreadable']],
  ];
  for (const [what, from, to, time, zone, expected] of rows) {
    it(`reads ${what}`, async () => {
      const [row] = await table(from, to, time, zone);
      assert.deepEqual([iso(row!.startAt), iso(row!.endAt), row!.problems.map((each) => each.code).join()], expected);
    });
  }
});

describe('quantities of a table', () => {
  const energies: [text: string, unit: 'Wh' | 'kWh' | 'MWh', mark: '.' | ',', wh: bigint | null][] = [
    ['6.706', 'kWh', '.', 6_706n], ['1,234.5 kWh', 'kWh', '.', 1_234_500n], ['1.234,5', 'kWh', ',', 1_234_500n], ['7', 'Wh', '.', 7n], ['0.0015', 'MWh', '.', 1_500n],
    ['-45.58', 'kWh', '.', -45_580n], ['0.0005', 'kWh', '.', 1n], ['0.0004', 'kWh', '.', 0n], ['9.007199254740993e3', 'kWh', '.', 9_007_199n], ['twelve', 'kWh', '.', null], ['1,5', 'kWh', '.', null],
  ];
  for (const [text, unit, decimalMark, wh] of energies) {
    it(`reads "${text}" as ${wh ?? 'no'} Wh`, async () => {
      const [row] = await rowsOf(`Point;From;To;E\nA;2026-01-10 08:00;2026-01-10 09:00;"${text}"\n`, { ...base, file: { delimiter: ';' }, energy: { column: 'E', unit, decimalMark } });
      assert.equal(row!.energyWh, wh);
    });
  }

  it('checks start and end against a duration, and takes it where there is no end', async () => {
    const text = 'Point,From,To,kWh,Long\nA,2026-01-10 08:00,2026-01-10 09:00,1,1:00:59\nA,2026-01-11 08:00,2026-01-11 09:00,1,2:00:00\nA,2026-01-12 08:00,,1,26:30:00\n';
    const duration = { column: 'Long', unit: 'h:mm:ss' } as const;
    assert.deepEqual((await rowsOf(text, { ...base, duration })).map((row) => row.problems.map((each) => each.code).join()), ['', 'duration_differs', 'end_missing']);
    const { end: _, ...withoutEnd } = base;
    assert.equal(iso((await rowsOf(text, { ...withoutEnd, duration }))[2]!.endAt), '2026-01-13T09:30Z');
  });
});

describe("other towns' tables", () => {
  it('reads a Californian one: zone column, US dates, port numbers, names with slashes and number signs', async () => {
    const text = '"Station Name","MAC Address","Start Date","Start Time Zone","End Date","End Time Zone","Total Duration (hh:mm:ss)","Energy (kWh)","Port Number","Plug In Event Id"\n'
      + '"NEWTOWN CA / HAMILTON #1","000D",7/29/2011 20:17,PDT,7/29/2011 23:20,PDT,3:03:32,6.249457,2,3\n'
      + '"NEWTOWN CA / HAMILTON #1","000D",11/6/2011 0:30,PDT,11/6/2011 1:10,PST,1:40:00,1.0,1,4\n';
    const rows = await rowsOf(text, {
      title: 'Newtown', chargePoint: { columns: ['Station Name'] }, externalId: { columns: ['Plug In Event Id'] }, connector: { column: 'Port Number' },
      time: { formats: ['M/d/yyyy H:mm'], zone: 'America/Los_Angeles', abbreviations: { PDT: '-07:00', PST: '-08:00', UTC: 'Z' } },
      start: { columns: ['Start Date'], zoneColumn: 'Start Time Zone' }, end: { columns: ['End Date'], zoneColumn: 'End Time Zone' },
      energy: { column: 'Energy (kWh)', unit: 'kWh' }, duration: { column: 'Total Duration (hh:mm:ss)', unit: 'h:mm:ss' },
    });
    assert.deepEqual(rows.map(brief), [
      ['NEWTOWN CA / HAMILTON #1', 2, '2011-07-30T03:17Z', '2011-07-30T06:20Z', 6_249n, ''],
      ['NEWTOWN CA / HAMILTON #1', 1, '2011-11-06T07:30Z', '2011-11-06T09:10Z', 1_000n, ''],
    ]);
  });

  it('reads a Scottish one: day first, dates and times apart, connectors by name, decimal comma', async () => {
    const text = 'Report of sessions\n\nCP ID;Connector;Start date;Start time;End date;End time;Total kWh;Site\n'
      + '50339;CCS;26/06/2018;22:15:00;27/06/2018;01:05:00;"19,07";Mill, Kinross\n50339;Type 2;27/06/2018;08:00:00;N/A;N/A;N/A;Mill, Kinross\n';
    const rows = await rowsOf(text, {
      title: 'Kinross', file: { delimiter: ';', skipLines: 2 }, chargePoint: { columns: ['CP ID'] }, name: { columns: ['Site'] }, connector: { column: 'Connector', names: { CCS: 1, 'Type 2': 2 } },
      time: { formats: ['dd/MM/yyyy HH:mm:ss'], zone: 'Europe/London' }, start: { columns: ['Start date', 'Start time'] }, end: { columns: ['End date', 'End time'] },
      energy: { column: 'Total kWh', unit: 'kWh', decimalMark: ',' },
    });
    assert.deepEqual(rows.map(brief), [
      ['50339', 1, '2018-06-26T21:15Z', '2018-06-27T00:05Z', 19_070n, ''],
      ['50339', 2, '2018-06-27T07:00Z', null, null, 'end_missing,energy_missing'],
    ]);
    assert.equal(rows[0]!.chargePointName, 'Mill, Kinross');
  });

  it('reads one with the date in one column, the hour in another that has a date of its own, minutes for an end, and no header', async () => {
    const text = 'TOWN / ST1,2018/01/31 00:00:00+00,2021/01/21 17:43:00+00,"1,128",2.84\nTOWN / ST1,2018/02/01 00:00:00+00,2021/01/21 14:47:00+00,     -      ,\n';
    const rows = await rowsOf(text, {
      title: 'Older edition', file: { header: ['Station', 'Day', 'Hour', 'Minutes', 'kWh'] }, chargePoint: { columns: ['Station'] },
      time: { formats: ['yyyy/MM/dd 00:00:00XXX * HH:mm:ss*'], zone: 'America/Denver' }, start: { columns: ['Day', 'Hour'] },
      energy: { column: 'kWh', unit: 'kWh' }, duration: { column: 'Minutes', unit: 'min' },
    });
    assert.deepEqual(rows.map(brief), [
      ['TOWN / ST1', 1, '2018-01-31T17:43Z', '2018-02-01T12:31Z', 2_840n, ''],
      ['TOWN / ST1', 1, '2018-02-01T14:47Z', null, null, 'end_missing,energy_missing'],
    ]);
  });

  it('ships mappings that are valid', async () => {
    for (const name of ['dundee', 'boulder'] as const) assert.ok((await shippedMapping(name)).title);
  });
});
