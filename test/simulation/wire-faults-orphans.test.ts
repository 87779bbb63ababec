import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { correctBill, proposeCorrections, revertCorrection, sessionOutcomes } from '../../src/modules/charging/index.ts';
import { at } from '../../src/modules/charging/world.fixture.ts';
import { newUuid } from '../../src/platform/clock/index.ts';
import { toIso, type CorrectionId, type SessionId } from '../../src/kernel/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { end, held, openWire, PROTOCOLS, read, settled, start, type Wire } from './wire-faults.fixture.ts';

const test = await openTestDatabase();

const proposalOf = async ({ world }: Wire, sessionId: SessionId) => (await world.odb.transaction((tx) => proposeCorrections(tx, [sessionId], world))).get(sessionId)!;
const sessionsOf = async ({ world }: Wire) => world.odb.transaction((tx) => sessionOutcomes(tx));

for (const protocol of PROTOCOLS) {
  describe(`ends of transactions that nobody knows, over the wire: ${protocol}`, () => {
    async function lived(ids: readonly string[], wh = 60_000) {
      const wire = await openWire(test);
      const point = await wire.point(protocol);
      await point.charge('A', [start(50_000), read(55_000)]);
      for (const [i, id] of ids.entries()) {
        if (protocol === 'ocpp2.0.1') await point.charge(id, [end(wh + 1_000 * i, 30 + i)], 2);
        else {
          point.station.sendRaw(`[2,"s${i}","StopTransaction",{"transactionId":${id},"meterStop":${wh + 1_000 * i},"timestamp":"${toIso(at(30 + i))}"}]`);
          assert.deepEqual(await point.station.next(), [3, `s${i}`, {}]);
        }
      }
      await wire.silence();
      const [session, ...orphans] = await sessionsOf(wire);
      return { wire, point, session: session!, orphans };
    }

    for (const id of ['-1', '0', '9223372036854775807', ...(protocol === 'ocpp2.0.1' ? [] : ['777777'])]) {
      it(`C-13 an end for ${id} is proposed for the session that it continues, charges nothing by itself, and once accepted ends it; the revert takes both back`, async () => {
        const { wire, point, session, orphans: [orphan] } = await lived([id]);
        const { world } = wire;
        assert.deepEqual([session.billState, session.billedWh, orphan!.billState, orphan!.billedWh], ['held', 0n, 'held', 0n], 'nothing is billed in silence');
        const proposal = await proposalOf(wire, session.sessionId);
        const [device] = proposal.candidates.filter(({ source }) => source === 'device_bill');
        assert.deepEqual([device?.energyWh, device?.confidence, device?.evidence[0]?.key, device?.evidence[0]?.data.orphanSessionId], [10_000n, 'weak', 'orphan_stop', orphan!.sessionId]);
        assert.equal(proposal.automatic, false);
        const commandId = newUuid();
        const made = await world.odb.transaction((tx) => correctBill(tx, { commandId, sessionId: session.sessionId, source: 'device_bill', reason: 'its own stop under another number', decidedBy: 'person', actor: 'usr_test', approval: null }, world));
        assert.ok(made.ok, made.ok ? '' : made.error.code);
        const accepted = await wire.outcomes();
        assert.deepEqual([accepted[0]!.bill, accepted[0]!.billedWh], ['settled', 10_000n]);
        assert.deepEqual([accepted[1]!.bill, accepted[1]!.billedWh, accepted[1]!.causes], ['settled', 0n, ['start_never_arrived']], 'the orphan is explained and charges nothing');
        const undone = await world.odb.transaction((tx) => revertCorrection(tx, { correctionId: commandId as CorrectionId, reason: 'not this one', actor: 'usr_test' }, world));
        assert.ok(undone.ok);
        const [again, orphanAgain] = await wire.outcomes();
        assert.deepEqual([again!.bill, again!.billedWh, orphanAgain!.bill, orphanAgain!.billedWh], ['held', 0n, 'held', 0n]);
        await point.station.close();
      });
    }

    it('C-13 where the connector goes on from that register the match is strong, and a policy may accept it', async () => {
      const { wire, point, session } = await lived(['-1']);
      await point.charge('B', [start(60_000, 90), read(61_000, 95), end(62_000, 100)]);
      assert.deepEqual((await wire.outcomes()).at(-1), settled(2_000n));
      const proposal = await proposalOf(wire, session.sessionId);
      assert.deepEqual([proposal.chosen, proposal.automatic, proposal.candidates[0]!.energyWh, proposal.candidates[0]!.confidence], ['device_bill', true, 10_000n, 'strong']);
      await point.station.close();
    });

    if (protocol === 'ocpp2.0.1') {
      it('C-13 an end under an id that a charge point has made is of another transaction, whatever its register says', async () => {
        const { wire, point, session } = await lived(['777777']);
        assert.deepEqual((await proposalOf(wire, session.sessionId)).candidates.filter(({ source }) => source === 'device_bill'), []);
        await point.station.close();
      });
    }

    it('C-13 of two ends that would fit none is taken, and one that no register explains is nobody\'s', async () => {
      const two = await lived(['-1', '0']);
      assert.deepEqual((await proposalOf(two.wire, two.session.sessionId)).candidates.filter(({ source }) => source === 'device_bill'), []);
      await two.point.station.close();
      const far = await lived(['-1'], 900_000);
      assert.deepEqual((await proposalOf(far.wire, far.session.sessionId)).candidates.filter(({ source }) => source === 'device_bill'), []);
      assert.deepEqual((await far.wire.outcomes())[0], held(5_000n, 'stop_never_arrived_silent'));
      await far.point.station.close();
    });
  });
}
