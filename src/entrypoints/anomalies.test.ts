import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { openTestDatabase } from '../../test/support/database.ts';
import { MS_PER_HOUR } from '../kernel/index.ts';
import { loadOperator } from '../modules/parties/index.ts';
import { addMember, addPoint, at, createWorld, speaker } from '../modules/charging/world.fixture.ts';
import { anomaliesCommand, backtestFor } from './anomalies.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

const test = await openTestDatabase();

it('kirchhoff anomalies backtest prints what changed thresholds would have done by cause, and draws it', async () => {
  const world = await createWorld(test.database);
  const { token } = await addMember(world, 100), { chargePointId } = await addPoint(world), say = speaker(chargePointId);
  await world.apply([say.started(at(0), 'v201:a', 0n, token), say.read(at(30), 'v201:a', 5_000n), say.ended(at(420), 'v201:a', 5_000n)]);
  const { code } = await world.odb.transaction((tx) => loadOperator(tx));
  const folder = await mkdtemp(join(tmpdir(), 'backtest-'));
  const [out, err]: [string[], string[]] = [[], []];
  const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text), env: {} } as unknown as Io;
  const run = (thresholds: object, ...args: string[]) => backtestFor(test.database, thresholds, parseOptions(anomaliesCommand, ['backtest', '--operator', code, ...args]), io);
  try {
    const picture = join(folder, 'strict.svg');
    assert.equal(await run({ sessionDurationMaxMs: 6 * MS_PER_HOUR }, '--picture', picture), 0);
    assert.match(out[0]!, /sessionDurationMaxMs 172800000 → 21600000/);
    assert.match(out[0]!, /1 bills, of which 1 would come out differently/);
    assert.match(out[0]!, /session_too_long\s+0\s+1\s+\+1/);
    assert.match(await readFile(picture, 'utf8'), /^<svg[\s\S]*session_too_long/);
    assert.equal(await run({ sessionDurationMaxMs: 6 * MS_PER_HOUR }, '--json', '--from', '2026-03-03'), 0);
    const { bills, changes } = JSON.parse(out[1]!) as { bills: number; changes: object };
    assert.deepEqual([bills, changes], [0, { sessionDurationMaxMs: { before: 48 * MS_PER_HOUR, after: 6 * MS_PER_HOUR } }], 'none began on that day or later');
    assert.equal(await run({ edgeWhMax: 99_999 }), 1);
    assert.match(err[0]!, /edgeWhMax lies between 0 and 10000/);
    await assert.rejects(() => run({}, '--from', 'March'), /is no day/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
