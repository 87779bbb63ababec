import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../support/database.ts';
import { end, held, open, openWire, PROTOCOLS, read, settled, start, type Outcome, type Said } from './wire-faults.fixture.ts';

const test = await openTestDatabase();

/** Faults of one charge, in the order in which it is said. What is said twice is there twice. */
const ONE_CHARGE: readonly { readonly name: string; readonly said: readonly Said[]; readonly outcome: Outcome }[] = [
  { name: 'C-13 a normal session is billed', said: [start(50_000), read(55_000), end(60_000)], outcome: settled(10_000n) },
  { name: 'C-09 C-10 a register that says 0 at the start, offline, and then its real value is no energy', said: [start(0, 0, true), read(909_948, 5), end(910_031, 10)], outcome: held(83n, 'meter_register_zero_before_start') },
  { name: 'C-13 a register that is reset within the session counts on both sides of it', said: [start(50_000), read(55_000), read(200, 20), end(3_200)], outcome: held(8_000n, 'meter_register_reset') },
  { name: 'C-13 an end that comes before an update ends the session for good, with all of its energy', said: [start(50_000), end(60_000), read(55_000)], outcome: settled(10_000n) },
  { name: 'C-13 an update that comes before the start takes nothing from the session', said: [read(55_000), start(50_000), end(60_000)], outcome: settled(10_000n) },
  { name: 'C-13 an update and an end that are sent twice count once', said: [start(50_000), read(55_000), read(55_000), end(60_000), end(60_000)], outcome: settled(10_000n) },
  { name: 'C-13 an end that is sent three times is one bill', said: [start(50_000), end(60_000), end(60_000), end(60_000)], outcome: settled(10_000n) },
  { name: 'C-13 a stop register below the start register is never negative energy', said: [start(50_000), end(200)], outcome: held(0n, 'stop_register_below_start') },
  { name: 'C-13 a reading that dips and comes back costs nothing', said: [start(50_000), read(55_000, 10), read(300, 15), read(57_000, 20), end(60_000)], outcome: settled(10_000n, ['meter_register_dip']) },
];

for (const protocol of PROTOCOLS) {
  describe(`faults that are sent, over the wire: ${protocol}`, () => {
    for (const { name, said, outcome } of ONE_CHARGE) {
      it(name, async () => {
        const { point, outcomes } = await openWire(test);
        const { charge, station } = await point(protocol);
        await charge('T', said);
        assert.deepEqual(await outcomes(), [outcome]);
        await station.close();
      });
    }

    it('C-14 a session that never ends stays open until the deadline, is closed by its evidence, named for what it is once the point is back, and settled by its late end', async () => {
      const { point, outcomes, silence } = await openWire(test);
      const { charge, idle, station } = await point(protocol);
      await charge('T', [start(50_000), read(55_000)]);
      assert.deepEqual(await outcomes(), [open]);
      await silence();
      assert.deepEqual(await outcomes(), [held(5_000n, 'stop_never_arrived_silent')]);
      await idle();
      await silence();
      assert.deepEqual(await outcomes(), [held(5_000n, 'bill_never_arrived')]);
      await charge('T', [end(60_000)], 2);
      assert.deepEqual(await outcomes(), [settled(10_000n)]);
      await station.close();
    });

    it('C-13 two sessions one after the other are two bills', async () => {
      const { point, outcomes } = await openWire(test);
      const { charge, station } = await point(protocol);
      await charge('A', [start(50_000), read(55_000), end(60_000)]);
      await charge('B', [start(60_000, 60), read(60_500, 75), end(60_900, 90)]);
      assert.deepEqual(await outcomes(), [settled(10_000n), settled(900n)]);
      await station.close();
    });

    it('C-13 a start that is sent again, with the same message id and with a new one, is one session', async () => {
      const { point, outcomes, token } = await openWire(test);
      const first = await point(protocol);
      const words: readonly [string, unknown] = protocol === 'ocpp1.6' ? ['StartTransaction', { connectorId: 1, idTag: token, meterStart: 50_000, timestamp: '2026-03-02T04:00:00.000Z' }]
        : ['TransactionEvent', { eventType: 'Started', timestamp: '2026-03-02T04:00:00.000Z', triggerReason: 'Authorized', seqNo: 0, transactionInfo: { transactionId: 'T' }, evse: { id: 1, connectorId: 1 }, idToken: { idToken: token, type: 'ISO14443' },
          meterValue: [{ timestamp: '2026-03-02T04:00:00.000Z', sampledValue: [{ value: 50_000, context: 'Transaction.Begin' }] }] }];
      const answers = [await first.ask(...words, 'S')];
      first.station.cut();
      const second = await point(protocol, first.chargePointId);
      answers.push(await second.ask(...words, 'S'), await second.ask(...words));
      assert.equal(new Set(answers.map((answer) => JSON.stringify(answer.transactionId ?? null))).size, 1);
      if (protocol === 'ocpp1.6') await second.ask('StopTransaction', { transactionId: answers[2]!.transactionId, meterStop: 60_000, timestamp: '2026-03-02T04:30:00.000Z' });
      else await second.charge('T', [end(60_000)], 1);
      assert.deepEqual(await outcomes(), [settled(10_000n)]);
      await second.station.close();
    });

    it('C-13 a new start at a connector whose session is open closes that one by its evidence, and is billed itself', async () => {
      const { point, outcomes } = await openWire(test);
      const { charge, station } = await point(protocol);
      await charge('A', [start(50_000), read(55_000)]);
      await charge('B', [start(55_000, 60), read(57_000, 75), end(58_000, 90)]);
      const [first, second] = await outcomes();
      assert.deepEqual(second, settled(3_000n));
      assert.deepEqual([first!.bill, first!.billedWh, first!.proposedWh, first!.causes.includes('stop_never_arrived')], ['held', 0n, 5_000n, true]);
      await station.close();
    });

    it('C-13 an end for a transaction that nobody knows is answered, kept and held; it charges nothing and closes no session', async () => {
      const { point, outcomes } = await openWire(test);
      const { charge, station } = await point(protocol);
      await charge('A', [start(50_000), read(55_000)]);
      if (protocol === 'ocpp1.6') {
        for (const [i, id] of ['-1', '0', '9223372036854775807', '777777'].entries()) {
          station.sendRaw(`[2,"s${i}","StopTransaction",{"transactionId":${id},"meterStop":${900_000 + i},"timestamp":"2026-03-02T04:30:0${i}.000Z"}]`);
          assert.deepEqual(await station.next(), [3, `s${i}`, {}]);
        }
      } else {
        for (const id of ['-1', '0', '9223372036854775807', 'of-another-station']) await charge(id, [end(900_000)], 2);
      }
      const [known, ...orphans] = await outcomes();
      assert.deepEqual(known, open);
      assert.equal(orphans.length, 4);
      for (const orphan of orphans) {
        assert.deepEqual([orphan.bill, orphan.billedWh, orphan.proposedWh], ['held', 0n, 0n]);
        assert.deepEqual(orphan.causes, protocol === 'ocpp1.6' ? ['final_register_missing', 'start_never_arrived'] : ['start_never_arrived']);
      }
      await charge('A', [end(60_000)], 2);
      assert.deepEqual((await outcomes())[0], settled(10_000n));
      await station.close();
    });
  });
}
