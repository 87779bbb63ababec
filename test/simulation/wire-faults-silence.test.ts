import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MS_PER_HOUR, MS_PER_MINUTE } from '../../src/kernel/index.ts';
import { askSilentSessions, defaultPolicy, SILENCE_EXTENDED_MS_MAX, sweepSilentSessions } from '../../src/modules/charging/index.ts';
import { askAboutTransaction, transactionStatuses } from '../../src/modules/ocpp-gateway/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { end, held, open, openWire, read, settled, start, type Wire } from './wire-faults.fixture.ts';

const test = await openTestDatabase();
const DEADLINE_MS = defaultPolicy('CNY').silenceDeadlineS * 1_000;

/** The minute's work of a serving process: ask, let the station answer, keep the answer, decide. */
function minute({ world, gateway, applier }: Wire) {
  const ask = () => askSilentSessions(world.odb, {
    clock: world.clock, ask: (tx, question) => askAboutTransaction(tx, question, { clock: world.clock }), answers: transactionStatuses,
  });
  const answered = async (): Promise<void> => {
    const deadline = performance.now() + 20_000;
    do {
      await gateway.dispatchCommands();
      const [row] = await world.odb.transaction((tx) => tx.query<{ open: number }>(`select count(*)::int as open from ocpp_gateway.command where operator_id = $1 and state in ('queued', 'sent')`, [world.operatorId]));
      if (row!.open === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    } while (performance.now() < deadline);
    assert.fail('the charge point did not answer');
  };
  const sweep = () => world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: world.clock }));
  return {
    ask, answered, sweep,
    pass: async (ms: number): Promise<void> => { await applier.drain(); world.clock.advance(ms); },
    /** Asks, waits for the answer, and keeps it. @returns what was asked and answered. */
    asked: async () => {
      const first = await ask();
      await answered();
      await applier.drain();
      const second = await ask();
      return { asked: first.asked, answered: first.answered + second.answered };
    },
  };
}

describe('a session that falls silent: GetTransactionStatus (OCPP 2.0.1 E14)', () => {
  async function silent(answer: (() => Record<string, unknown>) | null) {
    const wire = await openWire(test);
    const point = await wire.point('ocpp2.0.1');
    const calls: { action: string; payload: Record<string, unknown> }[] = [];
    if (answer !== null) point.station.onCall((action, payload) => { calls.push({ action, payload }); return answer(); });
    await point.charge('T', [start(50_000), read(55_000)]);
    return { wire, point, calls, ...minute(wire) };
  }

  it('C-14 a charge point that says it is over and has nothing more to send closes the session now, before the deadline, and a case says so', async () => {
    const { wire, point, calls, pass, asked, sweep } = await silent(() => ({ ongoingIndicator: false, messagesInQueue: false }));
    await pass(DEADLINE_MS / 4);
    assert.deepEqual(await asked(), { asked: 0, answered: 0 }, 'it is not silent yet');
    await pass(DEADLINE_MS / 4 + MS_PER_MINUTE);
    assert.deepEqual(await asked(), { asked: 1, answered: 1 });
    assert.deepEqual(calls, [{ action: 'GetTransactionStatus', payload: { transactionId: 'T' } }]);
    assert.equal(await sweep(), 1);
    assert.deepEqual(await wire.outcomes(), [held(5_000n, 'bill_never_arrived')]);
    await point.charge('T', [end(60_000)], 2);
    assert.deepEqual(await wire.outcomes(), [settled(10_000n)], 'what comes all the same still counts');
    await point.station.close();
  });

  it('C-14 one that has more to send is waited for beyond the deadline, up to the longest wait, and its end settles the session', async () => {
    const { wire, point, pass, asked, sweep } = await silent(() => ({ ongoingIndicator: false, messagesInQueue: true }));
    await pass(DEADLINE_MS / 2 + MS_PER_MINUTE);
    assert.deepEqual(await asked(), { asked: 1, answered: 1 });
    await pass(DEADLINE_MS / 2);
    assert.equal(await sweep(), 0, 'the deadline has passed, and more is to come');
    assert.deepEqual(await wire.outcomes(), [open]);
    await point.charge('T', [end(60_000)], 2);
    assert.deepEqual(await wire.outcomes(), [settled(10_000n)]);
    await point.station.close();
  });

  it('C-14 nobody waits for ever: the longest wait closes the session whatever the charge point promises', async () => {
    const { wire, point, pass, asked, sweep } = await silent(() => ({ ongoingIndicator: true, messagesInQueue: true }));
    for (let waited = 0; waited < SILENCE_EXTENDED_MS_MAX; waited += MS_PER_HOUR) {
      await pass(MS_PER_HOUR);
      await asked();
      if (waited + 2 * MS_PER_HOUR < SILENCE_EXTENDED_MS_MAX) assert.equal(await sweep(), 0, `after ${waited / MS_PER_HOUR + 1} hours`);
    }
    await pass(MS_PER_HOUR);
    assert.equal(await sweep(), 1);
    assert.deepEqual(await wire.outcomes(), [held(5_000n, 'stop_never_arrived_silent')]);
    await point.station.close();
  });

  it('C-14 one that refuses the question, or says something unreadable, or nothing, changes nothing', async () => {
    for (const answer of [() => ({}), () => ({ messagesInQueue: 'perhaps' }), () => ({ ongoingIndicator: null, messagesInQueue: false })]) {
      const { wire, point, pass, asked, sweep } = await silent(answer);
      await pass(DEADLINE_MS / 2 + MS_PER_MINUTE);
      assert.equal((await asked()).asked, 1);
      assert.equal(await sweep(), 0, 'before the deadline');
      await pass(DEADLINE_MS / 2);
      assert.equal(await sweep(), 1, 'at the deadline, as if nobody had asked');
      assert.deepEqual(await wire.outcomes(), [held(5_000n, 'stop_never_arrived_silent')]);
      await point.station.close();
    }
    const { wire, point, pass, ask, sweep } = await silent(null);
    point.station.cut();
    await pass(DEADLINE_MS / 2 + MS_PER_MINUTE);
    assert.equal((await ask()).asked, 1);
    await pass(DEADLINE_MS / 2);
    assert.equal(await sweep(), 1);
    assert.deepEqual(await wire.outcomes(), [held(5_000n, 'stop_never_arrived_silent')]);
  });

  it('C-13 a gap in the sequence numbers is asked about once, while the session runs', async () => {
    const { wire, point, calls, pass, asked, sweep } = await silent(() => ({ ongoingIndicator: true, messagesInQueue: true }));
    await point.charge('T', [read(57_000, 20)], 4);
    await pass(2 * MS_PER_MINUTE);
    assert.deepEqual(await asked(), { asked: 1, answered: 1 });
    assert.equal(calls.length, 1);
    await pass(2 * MS_PER_MINUTE);
    assert.equal((await asked()).asked, 0, 'once');
    assert.equal(await sweep(), 0);
    assert.deepEqual(await wire.outcomes(), [open]);
    await point.station.close();
  });
});

describe('a session that falls silent: OCPP 1.6', () => {
  it('C-14 the nearest question is for status and meter: what the connector says then names the cause', async () => {
    const wire = await openWire(test);
    const point = await wire.point('ocpp1.6');
    const asked: string[] = [];
    point.station.onCall((_action, payload) => { asked.push(String(payload.requestedMessage)); return { status: 'Accepted' }; });
    await point.charge('T', [start(50_000), read(55_000)]);
    const work = minute(wire);
    await work.pass(DEADLINE_MS / 2 + MS_PER_MINUTE);
    assert.equal((await work.asked()).asked, 1);
    assert.deepEqual(asked.sort(), ['MeterValues', 'StatusNotification']);
    await point.idle();
    assert.equal(await work.sweep(), 0, 'its stop may still be in its queue');
    await work.pass(DEADLINE_MS / 2);
    assert.equal(await work.sweep(), 1);
    assert.deepEqual(await wire.outcomes(), [held(5_000n, 'bill_never_arrived')]);
    await point.station.close();
  });
});
