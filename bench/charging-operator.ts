/** An operator whose bills are measured: one station with a tariff of four periods, and members with more money than they use up. */
import { instant, type ChargePointId, type MemberId, type OperatorId, type StationId } from '../src/kernel/index.ts';
import { newUuid, systemClock } from '../src/platform/clock/index.ts';
import type { Database, OperatorDatabase, Tx } from '../src/platform/database/index.ts';
import { createChargePoint, createStation } from '../src/modules/locations/index.ts';
import { addCredential, createMember, createOperator } from '../src/modules/parties/index.ts';
import { assignTariff, createTariff } from '../src/modules/tariffs/index.ts';
import { changeFourEyesAbove, topUpAtCashDesk } from '../src/modules/wallets/index.ts';

const clock = systemClock;
export type ChargingOperator = { readonly odb: OperatorDatabase; readonly operatorId: OperatorId; readonly stationId: StationId };

export async function openChargingOperator(database: Database): Promise<ChargingOperator> {
  const created = await createOperator(database, { code: `bench-${newUuid().slice(-12)}`, name: 'Bench', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  if (!created.ok) throw new Error(created.error.code);
  const odb = database.forOperator(created.value);
  const stationId = await odb.transaction(async (tx) => {
    const station = await createStation(tx, { name: 'Bench', timeZone: 'Asia/Shanghai' });
    await setTariff(tx, station);
    // Its members' funds are larger than what one person may take at a cash desk.
    await changeFourEyesAbove(tx, { cashDeskAboveMinor: 100_000_000n, changedBy: 'bench' }, { clock });
    return station;
  });
  return { odb, operatorId: created.value, stationId };
}

async function setTariff(tx: Tx, stationId: StationId): Promise<void> {
  const rate = (value: bigint) => ({ value, scale: 4 });
  const tariff = await createTariff(tx, {
    name: 'Bench', currency: 'CNY', occupancy: null,
    periods: Array.from({ length: 4 }, (_, i) => ({ startMinute: i * 360, endMinute: (i + 1) * 360, kind: i % 2 === 0 ? 'valley' as const : 'peak' as const, electricity: rate(6_000n + BigInt(i)), service: rate(4_000n) })),
  });
  if (!tariff.ok) throw new Error(tariff.error.code);
  const assigned = await assignTariff(tx, { tariffId: tariff.value.tariffId, stationId, validFrom: instant(0) });
  if (!assigned.ok) throw new Error(assigned.error.code);
}

/** A member with money, and a charge point of their own. */
export async function openPayer(tx: Tx, stationId: StationId): Promise<{ readonly memberId: MemberId; readonly token: string; readonly chargePointId: ChargePointId }> {
  const token = newUuid().slice(-20);
  const memberId = await createMember(tx, { displayName: 'Bench' });
  await addCredential(tx, { memberId, kind: 'rfid', token });
  const topUp = await topUpAtCashDesk(tx, { commandId: newUuid(), memberId, amountMinor: 90_000_000n, actor: 'bench' }, { clock });
  if (!topUp.ok) throw new Error(topUp.error.code);
  return { memberId, token, chargePointId: await createChargePoint(tx, { stationId, identity: newUuid(), maxPowerW: 60_000n, connectors: [{ evseNumber: 1, maxPowerW: 60_000n }] }) };
}
