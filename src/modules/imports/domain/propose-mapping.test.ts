import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { generateSessionTable } from '../../../../simulators/session-table/index.ts';
import { proposeForFile } from '../commands/preview-table.ts';
import { readSessionTable, shippedMapping, type SessionRow, type SessionTableMapping } from '../table/index.ts';

const seed = Number(process.env.KIRCHHOFF_SEED ?? 20261122);
const bytesOf = async function* (content: Uint8Array): AsyncGenerator<Uint8Array> { for (let from = 0; from < content.length; from += 50_000) yield content.subarray(from, from + 50_000); };
const propose = (content: Uint8Array, zone: string) => proposeForFile(bytesOf(content), { title: 'a table', zone });
async function read(content: Uint8Array, mapping: SessionTableMapping): Promise<Pick<SessionRow, 'chargePointKey' | 'startAt' | 'endAt' | 'energyWh'>[]> {
  const rows = [];
  for await (const { chargePointKey, startAt, endAt, energyWh } of readSessionTable(bytesOf(content), mapping)) rows.push({ chargePointKey, startAt, endAt, energyWh });
  return rows;
}

/** Thirty sessions of one hour over two months, written by `cells`. */
function table(header: string, cells: (start: Date, end: Date, wh: number, i: number) => string, lines: readonly string[] = []): string {
  const rows = Array.from({ length: 40 }, (_, i) => {
    const start = new Date(Date.UTC(2026, 4, 3 + i, 8, i));
    return cells(start, new Date(start.getTime() + 3_600_000), 5_000 + 37 * i, i);
  });
  return [...lines, header, ...rows].join('\n');
}
const two = (value: number): string => String(value).padStart(2, '0');
const hm = (date: Date): string => `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;

describe('a mapping that is proposed', () => {
  it('reads both kinds of published tables as the mapping that a person made reads them, exchanged days and all', async (t) => {
    t.diagnostic(`seed ${seed}`);
    for (const [flavour, zone] of [['dundee', 'Europe/London'], ['boulder', 'America/Denver']] as const) {
      const content = Buffer.from(generateSessionTable({ seed, rows: 3_000, flavour }));
      const { mapping, doubts } = await propose(content, zone);
      assert.ok(mapping, JSON.stringify(doubts));
      assert.deepEqual(await read(content, mapping), await read(content, await shippedMapping(flavour)), flavour);
      assert.equal(doubts.includes('zone_is_assumed'), flavour === 'dundee');
    }
  });

  it('knows a Chinese export in GB 18030: semicolons, a title above, 电量 in 度, dates in characters', async () => {
    const text = table('订单编号;充电桩编号;枪号;开始时间;结束时间;充电电量(度)', (start, end, wh, i) =>
      [`20260503${i}`, `4401130004000020006${i % 3}`, 1 + i % 2, ...[start, end].map((date) => `${date.getUTCFullYear()}年${date.getUTCMonth() + 1}月${date.getUTCDate()}日 ${hm(date)}`), (wh / 1_000).toFixed(2)].join(';'), ['某某充电站 充电记录', '']);
    const utf8ToGb = gb18030(text);
    const { mapping, columns, doubts } = await propose(utf8ToGb, 'Asia/Shanghai');
    assert.ok(mapping, JSON.stringify({ columns, doubts }));
    assert.deepEqual([mapping.file?.encoding, mapping.file?.delimiter, mapping.energy.unit], ['gb18030', ';', 'kWh']);
    const [first] = await read(utf8ToGb, mapping);
    assert.deepEqual(first, { chargePointKey: '44011300040000200060', startAt: Date.parse('2026-05-03T08:00:00+08:00'), endAt: Date.parse('2026-05-03T09:00:00+08:00'), energyWh: 5_000n });
  });

  it('tells days from months by the sessions they make, and says when nothing can tell', async () => {
    const american = Buffer.from(table('Station,Port,Start Time,End Time,Energy (kWh)', (start, end, wh) =>
      ['A', 1, ...[start, end].map((date) => `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${hm(date)}`), wh / 1_000].join(',')));
    assert.deepEqual((await propose(american, 'America/Denver')).mapping?.time.formats, ['M/d/yyyy H:mm']);
    const alike = Buffer.from(['Station,Port,Start Time,End Time,Energy (kWh)', ...Array.from({ length: 30 }, (_, i) => `A,1,4/4/2026 ${two(i % 24)}:00,4/4/2026 ${two(i % 24)}:30,5.${i}`)].join('\n'));
    assert.ok((await propose(alike, 'Europe/London')).doubts.includes('day_and_month_are_alike'));
  });

  it('reads watt-hours, decimal commas, seconds since 1970, and durations in place of ends', async () => {
    const content = Buffer.from(table('Charger;Begin;Duration (min);Energy Wh', (start, _end, wh) => ['A', start.getTime() / 1_000, '60', `${wh},0`].join(';')));
    const { mapping, doubts } = await propose(content, 'Europe/Berlin');
    assert.ok(mapping, JSON.stringify(doubts));
    assert.deepEqual([mapping.energy.unit, mapping.time.formats, mapping.duration?.unit, mapping.end], ['Wh', ['epoch_s'], 'min', undefined]);
    assert.deepEqual((await read(content, mapping))[0], { chargePointKey: 'A', startAt: Date.UTC(2026, 4, 3, 8), endAt: Date.UTC(2026, 4, 3, 9), energyWh: 5_000n });
  });

  it('reads a workbook like a text, with dates as the sheet has them', async () => {
    const days = (at: number): number => (at - Date.UTC(1899, 11, 30)) / 86_400_000;
    const content = workbook(['Charger', 'Plug', 'Start', 'End', 'kWh'], Array.from({ length: 30 }, (_, i) => {
      const start = Date.UTC(2026, 4, 1 + i, 8, 15);
      return ['A', 1 + i % 2, { date: days(start) }, { date: days(start + 3_600_000) }, 5.25 + i];
    }));
    const { mapping, doubts } = await propose(content, 'Europe/Berlin');
    assert.ok(mapping, JSON.stringify(doubts));
    assert.deepEqual((await read(content, mapping))[1], { chargePointKey: 'A', startAt: Date.parse('2026-05-02T08:15:00+02:00'), endAt: Date.parse('2026-05-02T09:15:00+02:00'), energyWh: 6_250n });
  });

  it('says what it did not find, and proposes nothing that could not be used', async () => {
    const { mapping, doubts } = await propose(Buffer.from('Fruit,Colour,Weight\napple,red,3\npear,green,4\n'), 'Europe/London');
    assert.equal(mapping, null);
    assert.deepEqual(doubts.toSorted(), ['charge_point_not_found', 'energy_not_found', 'no_end_and_no_duration', 'start_not_found']);
    await assert.rejects(propose(Buffer.from('just words\nand more\n'), 'Europe/London'), /no table/);
  });
});

/** The platform only decodes GB 18030: each character's bytes are found by decoding all pairs once. */
function gb18030(text: string): Buffer {
  const bytes = new Map<string, number[]>();
  const decoder = new TextDecoder('gb18030');
  for (let a = 0x81; a <= 0xfe; a++) for (let b = 0x40; b <= 0xfe; b++) if (b !== 0x7f) bytes.set(decoder.decode(Uint8Array.of(a, b)), [a, b]);
  return Buffer.from([...text].flatMap((character) => (character.charCodeAt(0) < 0x80 ? [character.charCodeAt(0)] : bytes.get(character)!)));
}

type Cell = string | number | { readonly date: number };
/** The least that a spreadsheet program would write: one sheet, texts in place, one style for dates. */
function workbook(header: readonly string[], rows: readonly (readonly Cell[])[]): Buffer {
  const cell = (value: Cell): string => typeof value === 'string' ? `<c t="inlineStr"><is><t>${value}</t></is></c>` : typeof value === 'number' ? `<c><v>${value}</v></c>` : `<c s="1"><v>${value.date}</v></c>`;
  const sheet = [header, ...rows].map((row, y) => `<row r="${y + 1}">${row.map((value, x) => cell(value).replace('<c', `<c r="${String.fromCharCode(65 + x)}${y + 1}"`)).join('')}</row>`).join('');
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main', office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships', rels = 'http://schemas.openxmlformats.org/package/2006/relationships';
  const file = (xml: string): Uint8Array => strToU8(`<?xml version="1.0" encoding="UTF-8"?>${xml}`);
  return Buffer.from(zipSync({
    '[Content_Types].xml': file('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>'),
    '_rels/.rels': file(`<Relationships xmlns="${rels}"><Relationship Id="r1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`),
    'xl/workbook.xml': file(`<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>`),
    'xl/_rels/workbook.xml.rels': file(`<Relationships xmlns="${rels}"><Relationship Id="r1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="${office}/styles" Target="styles.xml"/></Relationships>`),
    'xl/styles.xml': file(`<styleSheet xmlns="${main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>`),
    'xl/worksheets/sheet1.xml': file(`<worksheet xmlns="${main}"><sheetData>${sheet}</sheetData></worksheet>`),
  }));
}
