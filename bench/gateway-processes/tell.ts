/** The stations of a benchmark: their places in the database, and their process, which does one thing after the other. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createChargePoint, createStation } from '../../src/modules/locations/index.ts';
import type { OperatorDatabase } from '../../src/platform/database/index.ts';
import type { FromStations, ToStations } from './stations.ts';

/** One operator for all, the harder case: one log, one cursor, one applier at a time. @returns identities. */
export async function prepareStations(odb: OperatorDatabase, count: number): Promise<string[]> {
  const identities = Array.from({ length: count }, () => `B-${randomBytes(8).toString('hex')}`);
  await odb.transaction(async (tx) => {
    const stationId = await createStation(tx, { name: `Bench ${count}`, timeZone: 'Asia/Shanghai' });
    for (const identity of identities) await createChargePoint(tx, { stationId, identity, passwordHash: null, maxPowerW: 60_000n, connectors: [{ evseNumber: 1, maxPowerW: 60_000n }] });
  });
  return identities;
}

/** @returns what the stations answer to this order. */
export async function tell(stations: ChildProcess, order: ToStations): Promise<FromStations> {
  stations.send(order);
  return (await once(stations, 'message') as [FromStations])[0];
}
