import type { Instant } from '../../../kernel/index.ts';
import type { BillForReport } from '../../charging/index.ts';
import { AMOUNTS, NOTHING, type Figures } from './measures.ts';
import type { Day } from './period.ts';

/** To whom and what a bill belonged when its charge began. */
export type Belongs = { readonly subOperatorId: string | null; readonly departmentId: string | null; readonly fleetId: string | null; readonly vehicleId: string | null };

/** What a version of a bill adds when it is issued; its opposite is the same with the sign turned. */
export type Movement = Figures & Belongs & Pick<BillForReport, 'billId' | 'sessionId' | 'version' | 'state' | 'reason' | 'correctionId' | 'startedAt' | 'endedAt' | 'serviceOn' | 'bookedAt' | 'stationId' | 'memberId' | 'startMode' | 'currency'> & {
  readonly countsOn: Day; readonly adjustsOn: Day | null; readonly recordedAt: Instant;
};

const isBilled = (measure: string): measure is keyof BillForReport & (typeof AMOUNTS)[number] => !['doubtMinor', 'heldWh', 'heldMinor'].includes(measure);

/** The figures of one bill. Pure. */
export function figuresOfBill(bill: BillForReport): Figures {
  const held = bill.state === 'held';
  const billed = Object.fromEntries(AMOUNTS.filter(isBilled).map((measure) => [measure, bill[measure] as bigint]));
  return {
    ...NOTHING, ...billed,
    billCount: held ? 0n : 1n, heldCount: held ? 1n : 0n, emptyCount: !held && bill.energyWh === 0n ? 1n : 0n, doubtCount: !held && bill.inDoubt ? 1n : 0n,
    doubtMinor: !held && bill.inDoubt ? bill.totalMinor : 0n, heldWh: bill.proposedEnergyWh ?? 0n, heldMinor: bill.proposedTotalMinor ?? 0n,
  };
}

export function movementOf(bill: BillForReport, of: { readonly belongs: Belongs; readonly countsOn: Day; readonly recordedAt: Instant }): Movement {
  const { billId, sessionId, version, state, reason, correctionId, startedAt, endedAt, serviceOn, bookedAt, stationId, memberId, startMode, currency } = bill;
  return {
    billId, sessionId, version, state, reason, correctionId, startedAt, endedAt, serviceOn, bookedAt, stationId, memberId, startMode, currency, ...of.belongs, ...figuresOfBill(bill),
    countsOn: of.countsOn, adjustsOn: of.countsOn === serviceOn ? null : serviceOn, recordedAt: of.recordedAt,
  };
}
