import assert from 'node:assert/strict';
import { after } from 'node:test';
import { MS_PER_MINUTE, toIso, type ChargePointId } from '../../src/kernel/index.ts';
import { defaultPolicy, sessionOutcomes, sweepSilentSessions, type FlagCause, type SessionOutcome } from '../../src/modules/charging/index.ts';
import { addMember, addPoint, at, auditWorld, createWorld } from '../../src/modules/charging/world.fixture.ts';
import { loadChargePoint } from '../../src/modules/locations/index.ts';
import { startApplier, startGateway } from '../../src/modules/ocpp-gateway/index.ts';
import { silentLogger } from '../../src/platform/logging/index.ts';
import type { TestDatabase } from '../support/database.ts';
import { connectStation } from '../support/ocpp-station.ts';

export const PROTOCOLS = ['ocpp1.6', 'ocpp2.0.1'] as const;
export type Protocol = (typeof PROTOCOLS)[number];
/** What a charge point says of one charge: the register in Wh, and the minute at which it says to have read it. */
export type Said = { readonly step: 'start' | 'read' | 'end'; readonly wh: number; readonly minute: number; readonly offline?: boolean };
export const start = (wh: number, minute = 0, offline = false): Said => ({ step: 'start', wh, minute, offline });
export const read = (wh: number, minute = 15): Said => ({ step: 'read', wh, minute });
export const end = (wh: number, minute = 30): Said => ({ step: 'end', wh, minute });

/** What becomes of a session: its bill, what is proposed for one that is held, and why. */
export type Outcome = { readonly state: string; readonly bill: string | null; readonly billedWh: bigint | null; readonly proposedWh: bigint | null; readonly causes: readonly FlagCause[] };
export const settled = (billedWh: bigint, causes: readonly FlagCause[] = []): Outcome => ({ state: 'ended', bill: 'settled', billedWh, proposedWh: null, causes });
export const held = (proposedWh: bigint, ...causes: FlagCause[]): Outcome => ({ state: 'ended', bill: 'held', billedWh: 0n, proposedWh, causes });
export const open: Outcome = { state: 'active', bill: null, billedWh: 0n, proposedWh: null, causes: [] };

const time = (minute: number): string => toIso(at(minute));

/** Simulated charge points, the real gateway, the real applier, and bills; one member with money. The books are audited by `outcomes`. */
export async function openWire(test: TestDatabase) {
  const world = await createWorld(test.database);
  const { token } = await addMember(world, 1_000);
  const ports = { database: test.database, clock: world.clock, logger: silentLogger };
  const applier = startApplier({ ...ports, only: (id) => id === world.operatorId });
  const gateway = await startGateway({ ...ports, onFrames: applier.wake });
  after(async () => { await gateway.close(); await applier.close(); });

  const point = async (protocol: Protocol, chargePointId?: ChargePointId) => {
    const id = chargePointId ?? (await addPoint(world)).chargePointId;
    const { identity } = (await world.odb.transaction((tx) => loadChargePoint(tx, id)))!;
    const station = await connectStation({ port: gateway.port, identity, protocols: [protocol] });
    const ask = async (action: string, payload: unknown, messageId?: string): Promise<Record<string, unknown>> => {
      const answer = await station.call(action, payload, messageId);
      assert.ok(answer.ok, `${action} was answered with an error`);
      return answer.payload;
    };
    return { ...speak(protocol, ask, token), station, ask, chargePointId: id };
  };
  const outcomes = async (): Promise<Outcome[]> => {
    await applier.drain();
    assert.deepEqual(await auditWorld(world), [], 'the books balance');
    return (await world.odb.transaction((tx) => sessionOutcomes(tx))).map(outcomeOf);
  };
  /** The operator's deadline of silence passes. */
  const silence = async (): Promise<void> => {
    await applier.drain();
    world.clock.advance(defaultPolicy('CNY').silenceDeadlineS * 1_000 + MS_PER_MINUTE);
    await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: world.clock }));
  };
  return { world, token, point, outcomes, silence, gateway, applier };
}
export type Wire = Awaited<ReturnType<typeof openWire>>;

const outcomeOf = ({ state, billState, billedWh, proposedWh, flagCauses }: SessionOutcome): Outcome => ({ state, bill: billState, billedWh, proposedWh, causes: [...flagCauses].sort() });

type Ask = (action: string, payload: unknown, messageId?: string) => Promise<Record<string, unknown>>;

/** The same charge in the words of each dialect, in the order in which it is given; sequence numbers are those of the order in which it happened. */
function speak(protocol: Protocol, ask: Ask, token: string) {
  const numbers = new Map<string, number>();
  const idle = () => (protocol === 'ocpp1.6' ? ask('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' })
    : ask('StatusNotification', { timestamp: time(60), connectorStatus: 'Available', evseId: 1, connectorId: 1 }));
  const say16 = async (name: string, said: Said): Promise<void> => {
    const transactionId = numbers.get(name);
    if (said.step === 'start') numbers.set(name, Number((await ask('StartTransaction', { connectorId: 1, idTag: token, meterStart: said.wh, timestamp: time(said.minute) })).transactionId));
    // A number that was not given yet cannot be said: what comes before the start says 0, as stations do.
    else if (said.step === 'read') await ask('MeterValues', { connectorId: 1, transactionId: transactionId ?? 0, meterValue: [{ timestamp: time(said.minute), sampledValue: [{ value: String(said.wh) }] }] });
    else await ask('StopTransaction', { transactionId, meterStop: said.wh, timestamp: time(said.minute) });
  };
  const say201 = (name: string, said: Said, seqNo: number) => ask('TransactionEvent', {
    eventType: said.step === 'start' ? 'Started' : said.step === 'end' ? 'Ended' : 'Updated', timestamp: time(said.minute), triggerReason: said.step === 'start' ? 'Authorized' : 'MeterValuePeriodic', seqNo,
    ...(said.offline ? { offline: true } : {}), transactionInfo: { transactionId: name, ...(said.step === 'end' ? { stoppedReason: 'EVDisconnected' } : {}) }, evse: { id: 1, connectorId: 1 },
    ...(said.step === 'start' ? { idToken: { idToken: token, type: 'ISO14443' } } : {}),
    meterValue: [{ timestamp: time(said.minute), sampledValue: [{ value: said.wh, context: said.step === 'start' ? 'Transaction.Begin' : said.step === 'end' ? 'Transaction.End' : 'Sample.Periodic', measurand: 'Energy.Active.Import.Register' }] }],
  });
  return {
    idle,
    /** Says one charge. @param before how many of its events were said earlier. */
    charge: async (name: string, all: readonly Said[], before = 0): Promise<void> => {
      const rank = [...new Set(all.map(({ minute }) => minute))].sort((a, b) => a - b);
      for (const said of all) await (protocol === 'ocpp1.6' ? say16(name, said) : say201(name, said, before + rank.indexOf(said.minute)));
    },
    numberOf: (name: string): number => numbers.get(name)!,
  };
}
