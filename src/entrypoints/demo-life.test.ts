import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { BULK_PAGE } from '../modules/repair/index.ts';
import { identityOf } from './demo-furnish.ts';
import { falseStarts } from './demo-life.ts';
import { DEMO_STATIONS } from './demo-plan.ts';
import { ROOT } from './open-system.ts';

it('the past of the demo holds more false starts of one firmware than one page of a bulk repair, and few beside the clean sessions', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kirchhoff-demo-plan-'));
  try {
    const profiles = DEMO_STATIONS.flatMap((station) => station.chargePoints.map(({ version, connectors, firmware }, index) => ({
      identity: identityOf(station, index), version, ...(firmware === undefined ? {} : { firmware }), connectors: connectors.map((maxPowerW, at) => ({ evse: at + 1, maxPowerW, registerWh: 100_000 })), tokens: ['CARD'],
    })));
    const [stations, truth] = [join(folder, 'stations.jsonl'), join(folder, 'plan.jsonl')];
    await writeFile(stations, profiles.map((profile) => JSON.stringify(profile)).join('\n'));
    await promisify(execFile)(process.execPath, [join(ROOT, 'simulators/charge-point/main.ts'), 'days', '--plan-only', '--days', '3', '--start', '2026-03-02T04:00:00Z', '--fault-rate', '0.02', '--seed', '7', '--stations', stations, '--truth', truth]);
    const planned = (await readFile(truth, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as { station: string; evse: number; startAt: number; faults: string[] }).sort((a, b) => a.startAt - b.startAt);
    const says = falseStarts(profiles), chosen = planned.filter((session) => says(session));
    assert.ok(chosen.length > BULK_PAGE && chosen.length < planned.length / 8, `${chosen.length} of ${planned.length}`);
    assert.deepEqual([...new Set(chosen.flatMap(({ faults }) => faults))], []);
    assert.ok(new Set(chosen.map(({ station }) => station.slice(0, 4))).size >= 3, 'at several stations');
  } finally {
    await rm(folder, { recursive: true });
  }
});
