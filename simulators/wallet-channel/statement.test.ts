import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DIFFERENCES, differencesOf, movementsHere, statementPieces, type StatementOptions } from './statement.ts';

const OPTIONS: StatementOptions = { seed: 5, lines: 20_000, differences: 0.003, refunds: 0.05 };
const rowsOf = (options: StatementOptions): string[][] => [...statementPieces(options)].join('').split('\r\n').slice(1, -3).map((line) => line.slice(1).split(',`'));

describe('a generated statement', () => {
  test('is the same to the byte for the same seed, another for another', () => {
    assert.equal([...statementPieces(OPTIONS)].join(''), [...statementPieces(OPTIONS)].join(''));
    assert.notEqual([...statementPieces({ ...OPTIONS, lines: 100 })].join(''), [...statementPieces({ ...OPTIONS, lines: 100, seed: 6 })].join(''));
  });

  test('has exactly the share of differences that was asked for, all kinds alike, each order once', () => {
    const differences = [...differencesOf(OPTIONS)];
    assert.equal(differences.length, 60);
    for (const kind of DIFFERENCES) assert.equal(differences.filter((difference) => difference.kind === kind).length, 10);
    const here = [...movementsHere(OPTIONS)];
    assert.equal(new Set(here.map((movement) => movement.outTradeNo)).size, here.length);
    assert.ok(here.some((movement) => movement.kind === 'refund'));
  });

  test('differs from the merchant’s side in what the manifest says, and in nothing else', () => {
    const rows = rowsOf(OPTIONS);
    assert.ok(rows.every((row) => row.length === 27));
    const there = Map.groupBy(rows, (row) => (row[15] === '0' ? row[6]! : row[15]!));
    const found = new Map<string, string>();
    for (const movement of movementsHere(OPTIONS)) {
      const key = movement.kind === 'payment' ? movement.outTradeNo : movement.outRefundNo;
      const [row, second] = there.get(key) ?? [];
      there.delete(key);
      if (!row) found.set(key, 'missing_there');
      else if (second) found.set(key, 'duplicate');
      else if (Math.round(Number(movement.kind === 'payment' ? row[24] : row[25]) * 100) !== movement.amountFen) found.set(key, 'amount');
      else if (row[9] !== (movement.kind === 'payment' ? 'SUCCESS' : 'REFUND')) found.set(key, 'state');
      else if (Math.round(Number(row[22]) * 100) !== movement.feeFen) found.set(key, 'fee');
    }
    for (const key of there.keys()) found.set(key, 'missing_here');
    const planted = new Map([...differencesOf(OPTIONS)].map((difference) => [difference.outRefundNo || difference.outTradeNo, difference.kind]));
    assert.deepEqual([...found].sort(), [...planted].sort());
  });

  test('ends with totals of the rows that are there', () => {
    const totals = [...statementPieces(OPTIONS)].join('').trimEnd().split('\r\n').at(-1)!.slice(1).split(',`');
    const rows = rowsOf(OPTIONS);
    const sum = (column: number): string => (rows.reduce((total, row) => total + Math.round(Number(row[column]) * 100), 0) / 100).toFixed(2);
    assert.deepEqual(totals, [`${rows.length}.0`, sum(12), sum(16), '0.00', `${sum(22)}000`, sum(24), sum(25)]);
  });
});
