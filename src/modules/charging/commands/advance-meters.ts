import type { ConnectorId, Instant } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountId, ENERGY_LEDGER, transferId, type TransferEvent } from '../../ledger/index.ts';
import { advanceMeter, continuesMeter, NEW_METER, type MeterAdvance, type MeterMark } from '../domain/meter.ts';
import { CHARGING_TRANSFER } from '../domain/transfer-code.ts';
import { together } from './together.ts';
import { insertReadings, lockMeters, readingsSinceMark, writeMarks, writeMeters, type ConnectorReading, type Meter } from '../store/meters.ts';

/** Metered energy is posted when a session of the connector is settled, or when this much has gathered: a transfer a reading would say no more. */
export const METERED_POSTING_MIN_WH = 1_000n;

export type AdvancedMeters = {
  readonly transfers: TransferEvent[];
  /** Connectors that a reading reached out of time order, and the earliest of those: what was known before later sessions has changed. */
  readonly late: ReadonlyMap<ConnectorId, Instant>;
};

/**
 * Takes new register readings into their connectors' meters and returns the transfers that bring the ledger up to them: grid intake →
 * connector. The amounts follow from the readings alone, whatever order they come in; a late reading is worked in at its place.
 * Resets and implausible jumps move nothing; `meterBreaks` lists them.
 * @param connectors every connector concerned with its rated power in W; those in `settle` are posted to the last Wh.
 */
export async function advanceMeters(tx: Tx, readings: readonly ConnectorReading[], connectors: ReadonlyMap<ConnectorId, bigint>, settle: ReadonlySet<ConnectorId>): Promise<AdvancedMeters> {
  if (connectors.size === 0) return { transfers: [], late: new Map() };
  const [meters, appended] = await together([lockMeters(tx, connectors), readings.length === 0 ? Promise.resolve([]) : insertReadings(tx, readings)]);
  const fresh = Map.groupBy(appended, (reading) => reading.connectorId);
  const marks: (MeterMark & { connectorId: ConnectorId })[] = [];
  const changed: Meter[] = [];
  const transfers: TransferEvent[] = [];
  const late = new Map<ConnectorId, Instant>();
  for (const [connectorId, meter] of meters) {
    const mine = fresh.get(connectorId) ?? [];
    let next = meter;
    if (mine.length > 0) {
      const earliest = mine.reduce((least, reading) => (reading.at < least ? reading.at : least), mine[0]!.at);
      if (meter.state.lastReadAt !== null && earliest < meter.state.lastReadAt) late.set(connectorId, earliest);
      const advance = await advanced(tx, meter, mine, earliest);
      marks.push(...advance.marks.map((mark) => ({ ...mark, connectorId })));
      next = { ...meter, state: advance.state };
    }
    const due = next.state.meteredWh - next.postedWh;
    if (due !== 0n && (settle.has(connectorId) || late.has(connectorId) || due < 0n || due >= METERED_POSTING_MIN_WH)) {
      next = { ...next, postedWh: next.state.meteredWh, posting: next.posting + 1 };
      transfers.push(meteredTransfer(next, due));
    }
    if (next !== meter) changed.push(next);
  }
  await writeMarks(tx, marks);
  await writeMeters(tx, changed);
  return { transfers, late };
}

async function advanced(tx: Tx, meter: Meter, readings: readonly ConnectorReading[], earliest: Instant): Promise<MeterAdvance> {
  if (continuesMeter(meter.state, readings)) return advanceMeter(meter.state, readings, meter.maxPowerW);
  const { mark, readings: since } = await readingsSinceMark(tx, meter.connectorId, earliest);
  // `lastReadAt` null makes the first stretch write its mark anew, with what it was.
  const from = mark ? { chain: mark.chain, lastReadAt: null, meteredWh: mark.meteredWh } : NEW_METER;
  return advanceMeter(from, since, meter.maxPowerW);
}

function meteredTransfer(meter: Meter, amount: bigint): TransferEvent {
  const [connector, grid] = [accountId('connector_energy', ENERGY_LEDGER, meter.connectorId), accountId('grid_intake', ENERGY_LEDGER, null)];
  const id = transferId('charging.metered', meter.connectorId, meter.posting);
  return amount > 0n
    ? { id, debitAccountId: connector, creditAccountId: grid, amount, ledger: ENERGY_LEDGER, code: CHARGING_TRANSFER.energy_metered }
    : { id, debitAccountId: grid, creditAccountId: connector, amount: -amount, ledger: ENERGY_LEDGER, code: CHARGING_TRANSFER.energy_metered_correction };
}
