import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { idsProvenBy, judge, readFaultTable } from './faults.ts';

const markdown = await readFile(fileURLToPath(new URL('../docs/field-faults.md', import.meta.url)), 'utf8');

describe('the table of field faults', () => {
  it('lists all one hundred ids once', () => {
    const rows = readFaultTable(markdown);
    const expected = Object.entries({ D: 23, C: 31, P: 19, V: 10, A: 17 }).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, index) => `${letter}-${String(index + 1).padStart(2, '0')}`));
    assert.deepEqual(rows.map((row) => row.id), expected);
  });

  it('reads the ids that the name of a test begins with, and no others', () => {
    assert.deepEqual(idsProvenBy('C-13, C-14 every order of frames ends in one bill'), ['C-13', 'C-14']);
    assert.deepEqual(idsProvenBy('a bill like that of C-10'), []);
  });

  it('never reports a pending id as passed, nor a built id without a test', () => {
    const proof = { test: 'C-05 …', file: 'x', passed: true };
    assert.equal(judge({ id: 'C-05', fault: '', state: 'pending' }, [proof]).result, 'pending');
    assert.equal(judge({ id: 'C-02', fault: '', state: 'built' }, []).result, 'missing');
    assert.equal(judge({ id: 'C-02', fault: '', state: 'built' }, [proof, { ...proof, passed: false }]).result, 'failed');
  });
});
