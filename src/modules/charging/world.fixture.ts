import { randomBytes } from 'node:crypto';
import { assert, instant, type ChargePointId, type ConnectorId, type Instant, type MemberId, type OperatorId, type StationId, type TariffId } from '../../kernel/index.ts';
import { manualClock, newUuid } from '../../platform/clock/index.ts';
import type { Database, OperatorDatabase, Tx } from '../../platform/database/index.ts';
import { accountId, ENERGY_LEDGER, lookupAccounts, moneyLedger, type AccountKind } from '../ledger/index.ts';
import { createChargePoint, createStation, loadChargePoint } from '../locations/index.ts';
import { addCredential, createMember, createOperator } from '../parties/index.ts';
import { assignTariff, createTariff } from '../tariffs/index.ts';
import { auditLedger } from '../ledger/index.ts';
import { auditCoupons, auditWallets, topUpAtCashDesk } from '../wallets/index.ts';
import { applyFacts, auditCharging, startTransaction, type ChargePointFact, type FactOf, type FactOrigin } from './index.ts';

/** A little world for tests: an operator with a station, a tariff (1.20 electricity + 0.70 service by day, 0.40 + 0.60 from 22:00 to 6:00) and members. */
export const T0 = instant(Date.UTC(2026, 2, 2, 4)); // Noon in Shanghai.
export const at = (minutes: number): Instant => instant(T0 + Math.round(minutes * 60_000));

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld(database: Database, { withTariff = true }: { withTariff?: boolean } = {}) {
  const clock = manualClock(at(24 * 60));
  const created = await createOperator(database, { code: `op-${randomBytes(6).toString('hex')}`, name: 'Test', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert(created.ok, 'operator');
  const operatorId: OperatorId = created.value;
  const odb: OperatorDatabase = database.forOperator(operatorId);
  const stationId = await odb.transaction((tx) => createStation(tx, { name: 'East', timeZone: 'Asia/Shanghai' }));
  if (withTariff) await odb.transaction((tx) => setTariff(tx, stationId));
  const apply = (facts: readonly ChargePointFact[]) => odb.transaction((tx) => applyFacts(tx, facts, { clock }));
  const start = (fact: FactOf<'session_started'>) => startTransaction(odb, fact, { clock });
  const balance = async (kind: AccountKind, subject: string | null): Promise<bigint> => {
    const ledger = kind.startsWith('energy') || kind === 'connector_energy' || kind === 'grid_intake' ? ENERGY_LEDGER : moneyLedger('CNY');
    const [account] = await odb.transaction((tx) => lookupAccounts(tx, [accountId(kind, ledger, subject)], { clock }));
    return account ? account.creditsPosted - account.debitsPosted : 0n;
  };
  return { database, odb, operatorId, clock, stationId, apply, start, balance };
}

/** Everything that the audit finds wrong with a world's books; empty when they balance. */
export const auditWorld = (world: World): Promise<string[]> => world.odb.transaction(async (tx) =>
  [...(await auditLedger(tx, { operatorId: world.operatorId })), ...(await auditWallets(tx)), ...(await auditCoupons(tx)), ...(await auditCharging(tx))]
    .flatMap((check) => check.failures.map(({ id, detail }) => `${check.code} ${id}: ${detail}`)));

async function setTariff(tx: Tx, stationId: StationId): Promise<void> {
  const rate = (value: bigint) => ({ value, scale: 4 });
  const tariff = await createTariff(tx, {
    name: 'Day and night', currency: 'CNY', occupancy: { ratePerMinute: rate(5_000n), graceMinutes: 30 },
    periods: [
      { startMinute: 0, endMinute: 360, kind: 'valley', electricity: rate(4_000n), service: rate(6_000n) },
      { startMinute: 360, endMinute: 1320, kind: 'flat', electricity: rate(12_000n), service: rate(7_000n) },
      { startMinute: 1320, endMinute: 1440, kind: 'valley', electricity: rate(4_000n), service: rate(6_000n) },
    ],
  });
  assert(tariff.ok, 'tariff');
  const created = tariff.value as TariffId | { tariffId: TariffId };
  const assigned = await assignTariff(tx, { tariffId: typeof created === 'object' ? created.tariffId : created, stationId, validFrom: instant(0) });
  assert(assigned.ok, 'assigned');
}

export async function addMember(world: World, yuan: number): Promise<{ memberId: MemberId; token: string }> {
  const token = randomBytes(7).toString('hex');
  return world.odb.transaction(async (tx) => {
    const memberId = await createMember(tx, { displayName: 'Lin' });
    await addCredential(tx, { memberId, kind: 'rfid', token });
    if (yuan > 0) {
      const receipt = await topUpAtCashDesk(tx, { commandId: newUuid(), memberId, amountMinor: BigInt(yuan) * 100n, actor: 'usr_test' }, { clock: world.clock });
      assert(receipt.ok, 'topped up');
    }
    return { memberId, token };
  });
}

export async function addPoint(world: World, { maxPowerW = 60_000n, connectors = 2 } = {}): Promise<{ chargePointId: ChargePointId; connectorIds: ConnectorId[] }> {
  return world.odb.transaction(async (tx) => {
    const chargePointId = await createChargePoint(tx, {
      stationId: world.stationId, identity: `CP-${randomBytes(8).toString('hex')}`, maxPowerW,
      connectors: Array.from({ length: connectors }, (_, i) => ({ evseNumber: i + 1, maxPowerW })),
    });
    const point = await loadChargePoint(tx, chargePointId);
    return { chargePointId, connectorIds: point!.connectors.map((connector) => connector.connectorId) };
  });
}

let frames = 0n;
/** Facts of one charge point, each a frame of its own, recorded a second after they happened unless said otherwise. */
export function speaker(chargePointId: ChargePointId, evseNumber: number | null = 1) {
  const origin = (eventAt: Instant | null, transactionRef: string | null, change: Partial<FactOrigin>): FactOrigin => ({
    chargePointId, evseNumber, transactionRef, frameSequence: ++frames, ordinal: 0, eventAt, recordedAt: instant((eventAt ?? T0) + 1_000), messageId: `m${frames}`, ...change,
  });
  return {
    started: (when: Instant | null, ref: string | null, registerWh: bigint | null, idToken: string | null, change: Partial<FactOf<'session_started'>> = {}): FactOf<'session_started'> =>
      ({ ...origin(when, ref, change), kind: 'session_started', idToken, registerWh, seqNo: null, offline: false, remoteStartId: null, ...change }),
    read: (when: Instant | null, ref: string | null, registerWh: bigint | null, change: Partial<FactOf<'register_read'>> = {}): FactOf<'register_read'> =>
      ({ ...origin(when, ref, change), kind: 'register_read', registerWh, powerW: null, socPercent: null, context: null, seqNo: null, offline: false, ...change }),
    ended: (when: Instant | null, ref: string | null, registerWh: bigint | null, change: Partial<FactOf<'session_ended'>> = {}): FactOf<'session_ended'> =>
      ({ ...origin(when, ref, change), kind: 'session_ended', registerWh, reason: 'Local', idToken: null, seqNo: null, offline: false, ...change }),
    booted: (change: Partial<FactOf<'booted'>> = {}): FactOf<'booted'> => ({ ...origin(null, null, change), kind: 'booted', ...change }),
  };
}
/** The same statement in another frame, as a station re-sends it. */
export const resent = <F extends ChargePointFact>(fact: F): F => ({ ...fact, frameSequence: ++frames, messageId: `m${frames}` });
