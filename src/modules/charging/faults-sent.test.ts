import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { formatKilowattHours } from '../../kernel/index.ts';
import { DEFAULT_RULES, RULE_LIMITS, RULE_NAMES, sessionOutcomes, sweepSilentSessions, type ChargePointFact } from './index.ts';
import { addMember, addPoint, at, auditWorld, createWorld, resent, speaker, type World } from './world.fixture.ts';

const test = await openTestDatabase();
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) assert.deepEqual(await auditWorld(world), []);
});
const page = await readFile(new URL('../../../docs/reference/abnormal-bills.md', import.meta.url), 'utf8');
const rowsUnder = (heading: string): string[][] => page.slice(page.indexOf(heading)).split('\n## ')[0]!.split('\n').filter((line) => line.startsWith('| ')).slice(1).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));

type Dialect = 'v16' | 'v201';
type Lived = { readonly say: ReturnType<typeof speaker>; readonly world: World; readonly token: string; readonly dialect: Dialect; readonly begin: (minute: number, wh: bigint, change?: object) => Promise<{ start: ChargePointFact; ref: string }> };

async function live(dialect: Dialect): Promise<Lived> {
  const world = await createWorld(test.database);
  worlds.push(world);
  const { token } = await addMember(world, 500), { chargePointId } = await addPoint(world), say = speaker(chargePointId);
  let sessions = 0;
  const begin: Lived['begin'] = async (minute, wh, change = {}) => {
    const start = say.started(at(minute), dialect === 'v201' ? `v201:t${++sessions}` : null, wh, token, change);
    return { start, ref: dialect === 'v201' ? `v201:t${sessions}` : `v16:${(await world.start(start)).transactionId}` };
  };
  return { world, say, token, dialect, begin };
}

/** What each row sends; the outcome is told as the reference tells it. */
const FAULTS: Readonly<Record<string, (lived: Lived) => Promise<void>>> = {
  'a normal session': async ({ world, say, begin }) => {
    const { start, ref } = await begin(0, 50_000n);
    await world.apply([start, say.read(at(10), ref, 55_000n), say.ended(at(20), ref, 60_000n)]);
  },
  'a start with register 0 (offline), then 909948 Wh, end 910031 Wh': async ({ world, say, begin, dialect }) => {
    const { start, ref } = await begin(0, 0n, { offline: dialect === 'v201' });
    await world.apply([start, say.read(at(5), ref, 909_948n), say.ended(at(6), ref, 910_031n)]);
  },
  'the register is reset within the session: 55000 to 200 Wh, end 3200 Wh': async ({ world, say, begin }) => {
    const { start, ref } = await begin(0, 50_000n);
    await world.apply([start, say.read(at(10), ref, 55_000n), say.read(at(12), ref, 200n), say.ended(at(20), ref, 3_200n)]);
  },
  'the end comes before an update': async ({ world, say, begin }) => {
    const { start, ref } = await begin(0, 50_000n);
    await world.apply([start, say.ended(at(20), ref, 60_000n)]);
    await world.apply([say.read(at(10), ref, 55_000n)]);
  },
  'an update comes before the start': async ({ world, say, begin }) => {
    const { start, ref } = await begin(0, 50_000n);
    await world.apply([say.read(at(10), ref, 55_000n)]);
    await world.apply([start, say.ended(at(20), ref, 60_000n)]);
  },
  'update and end are sent twice': async ({ world, say, begin }) => {
    const { start, ref } = await begin(0, 50_000n);
    const [update, end] = [say.read(at(10), ref, 55_000n), say.ended(at(20), ref, 60_000n)];
    await world.apply([start, update, resent(update), end]);
    await world.apply([resent(end)]);
  },
  'no end ever comes': async ({ world, say, begin }) => {
    const { start, ref } = await begin(0, 50_000n);
    await world.apply([start, say.read(at(10), ref, 55_000n)]);
    assert.equal(await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(100) } })), 0, 'it stays open until the deadline');
    await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(200) } }));
  },
  'a second session at the same station': async ({ world, say, begin }) => {
    for (const [minute, from, to] of [[0, 50_000n, 60_000n], [60, 60_000n, 60_900n]] as const) {
      const { start, ref } = await begin(minute, from);
      await world.apply([start, say.read(at(minute + 10), ref, (from + to) / 2n), say.ended(at(minute + 20), ref, to)]);
    }
  },
  'the start is sent again with the same content (OCPP 1.6)': async ({ world, say, begin, dialect }) => {
    const { start, ref } = await begin(0, 50_000n);
    const again = { ...resent(start), messageId: start.messageId } as Parameters<World['start']>[0];
    if (dialect === 'v16') assert.equal(`v16:${(await world.start(again)).transactionId}`, ref);
    await world.apply([start, again, say.ended(at(20), ref, 60_000n)]);
  },
  'the stop is sent twice': async ({ world, say, begin }) => {
    const { start, ref } = await begin(0, 50_000n);
    const end = say.ended(at(20), ref, 60_000n);
    await world.apply([start, end]);
    await world.apply([resent(end)]);
  },
  'the stop register of 200 Wh lies below the start register of 50000 Wh': async ({ world, say, begin }) => {
    const { start, ref } = await begin(0, 50_000n);
    await world.apply([start, say.ended(at(20), ref, 200n)]);
  },
  'a stop for a transaction that is not known (−1)': async ({ world, say, dialect }) => world.apply([say.ended(at(20), dialect === 'v16' ? 'v16:-1' : 'v201:never-started', 60_000n)]),
  'a new start at a connector whose session is open': async ({ world, say, begin }) => {
    const first = await begin(0, 50_000n);
    await world.apply([first.start, say.read(at(10), first.ref, 55_000n)]);
    const second = await begin(30, 55_000n);
    await world.apply([second.start, say.read(at(35), second.ref, 57_000n), say.ended(at(40), second.ref, 58_000n)]);
  },
};

/** As the reference writes it, without the words around. */
async function outcomeOf({ world }: Lived): Promise<string> {
  const outcomes = (await world.odb.transaction((tx) => sessionOutcomes(tx))).sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
  return outcomes.map(({ billState, billedWh, proposedWh, flagCauses }) => (billState === 'settled' ? `settled, ${formatKilowattHours(billedWh)} kWh` : `held, ${formatKilowattHours(proposedWh ?? 0n)} kWh proposed: ${flagCauses.map((cause) => `\`${cause}\``).join(', ')}`)).join('; ');
}
const TOLD: Readonly<Record<string, (told: string) => string>> = {
  'no end ever comes': (told) => told.replace('open until the silence deadline, then ', '').replace(/; `bill_never_arrived`.*/, ''),
  'the start is sent again with the same content (OCPP 1.6)': (told) => told.replace('one number for both; ', ''),
  'a stop for a transaction that is not known (−1)': (told) => told.replace('answered, kept as a session of its own, held:', 'held, 0 kWh proposed:'),
  'a new start at a connector whose session is open': (told) => told.replace('the old one held', 'held').replace('the new one settled', 'settled'),
};

describe('the reference of abnormal bills', () => {
  it('names every threshold with its default and its limits', () => {
    const told = rowsUnder('## The thresholds').map(([name, value, min, max]) => [name, value, min, max]);
    assert.deepEqual(told, RULE_NAMES.map((name) => [`\`${name}\``, `${DEFAULT_RULES[name]} ${RULE_LIMITS[name].unit === 'percent' ? '%' : RULE_LIMITS[name].unit}`, String(RULE_LIMITS[name].min), String(RULE_LIMITS[name].max)]));
  });

  const rows = rowsUnder('## Faults that were sent');
  it('tells the outcome of every fault that is tried here', () => assert.deepEqual(rows.map(([fault]) => fault), Object.keys(FAULTS)));
  for (const [fault, , told] of rows as [string, string, string][]) {
    for (const dialect of ['v16', 'v201'] as const) {
      it(`C-13 ${fault} (${dialect === 'v16' ? 'OCPP 1.6' : 'OCPP 2.0.1'}): ${told}`, async () => {
        const lived = await live(dialect);
        await FAULTS[fault]!(lived);
        assert.equal(await outcomeOf(lived), (TOLD[fault] ?? ((text: string) => text))(told));
      });
    }
  }
});
