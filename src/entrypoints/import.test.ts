import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { generateSessionTable } from '../../simulators/session-table/index.ts';
import { main } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-import-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'town.csv'), data = join(folder, 'data');
writeFileSync(file, generateSessionTable({ seed: 7, rows: 600, flavour: 'dundee' }));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [], err: string[] = [], code = await main(args, { out: (text) => out.push(text), err: (text) => err.push(text), env: { KIRCHHOFF_DATA: data } });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('kirchhoff import sessions', () => {
  it('tries a table without a database and without a mapping, and says what it assumed', async () => {
    const { code, out, err } = await run('import', 'sessions', file, '--dry-run');
    assert.equal(code, 0, err);
    assert.match(out, /All 600 rows were read; nothing was stored\./);
    assert.match(out, /no_energy_drawn/);
    assert.match(err, /zone_is_assumed/);
  });

  it('prints a mapping that it can be given again', async () => {
    const proposed = await run('import', 'sessions', file, '--propose', '--zone', 'Europe/London');
    writeFileSync(join(folder, 'town.json'), proposed.out);
    const { code, out } = await run('import', 'sessions', file, '--mapping', join(folder, 'town.json'), '--dry-run', '--json');
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as { rowsRead: number }).rowsRead, 600);
  });

  it('says what is wrong in words: a file that is not there, a kind that it does not know, a mapping that does not fit', async () => {
    const missing = await run('import', 'sessions', join(folder, 'no.csv')), kind = await run('import', 'session', file);
    assert.deepEqual([missing.code, kind.code], [2, 2]);
    assert.match(kind.err, /did you mean|sessions/);
    const wrong = await run('import', 'sessions', file, '--mapping', 'boulder', '--dry-run');
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /column_not_found/);
  });
});
