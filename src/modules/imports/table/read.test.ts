import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readSessionTable, type SessionRow, type SessionTableMapping } from './index.ts';

const seed = Number(process.env.KIRCHHOFF_SEED ?? Date.now() % 2 ** 31);
const mapping: SessionTableMapping = {
  title: 'Any', chargePoint: { columns: ['Point'] }, name: { columns: ['Place'] }, start: { columns: ['From'] }, end: { columns: ['To'] },
  energy: { column: 'kWh', unit: 'kWh' }, time: { formats: ['yyyy-MM-dd HH:mm', 'iso', 'epoch_s', 'excel'], zone: 'Europe/Paris' },
};

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const cell = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom('2026-03-29 02:30', '2026-10-25 02:30', '12.5', '-1', '', 'N/A', '"', 'a,b', 'line\nbreak', '1e3', '46024.4'));
const record = fc.tuple(cell, cell, cell, cell, cell);

async function rowsOf(bytes: Uint8Array, pieces: readonly number[]): Promise<SessionRow[]> {
  const rows: SessionRow[] = [];
  const split = [...new Set([0, ...pieces.map((at) => at % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  for await (const row of readSessionTable(split.slice(1).map((end, i) => bytes.subarray(split[i], end)), mapping)) rows.push(row);
  return rows;
}

describe('any table', () => {
  it('gives exactly one row for every record, whatever stands in its cells and wherever the bytes are cut', async (t) => {
    t.diagnostic(`seed ${seed} (KIRCHHOFF_SEED runs it again)`);
    await fc.assert(fc.asyncProperty(fc.array(record, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), async (records, pieces, end) => {
      const text = [['Point', 'Place', 'From', 'To', 'kWh'], ...records].map((each) => each.map(quoted).join(',')).join(end);
      const rows = await rowsOf(Buffer.from(text), pieces);
      const expected = records.filter((each) => each.some((one) => one.trim() !== ''));
      assert.deepEqual(rows.map((row) => row.rowNumber), expected.map((_, index) => index + 1));
      for (const row of rows) {
        assert.equal(row.notReplayable === null, row.chargePointKey !== null && row.startAt !== null);
        assert.ok(row.connector >= 1 && (row.startAt === null || Number.isSafeInteger(row.startAt)) && (row.endAt === null || Number.isSafeInteger(row.endAt)));
      }
    }), { seed, numRuns: 300 });
  });

  it('keeps its rows when a quote stands inside a cell, and when empty cells are added behind', async () => {
    const text = 'Point,Place,From,To,kWh\nA,Car park 6" kerb,2026-03-01 08:00,2026-03-01 09:00,1\nB,"Mill ""Old"" Lane",2026-03-01 08:00,2026-03-01 09:00,1,,\n';
    const rows = await rowsOf(Buffer.from(text), []);
    assert.deepEqual(rows.map((row) => [row.chargePointName, row.problems.length]), [['Car park 6" kerb', 0], ['Mill "Old" Lane', 0]]);
  });
});
