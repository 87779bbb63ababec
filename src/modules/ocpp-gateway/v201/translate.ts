import type { ChargePointFact } from '../../charging/index.ts';
import { DEFAULT_MEASURAND, readingOf, type MeterReading, type SampledValue } from '../meter/sampled-value.ts';
import { evseNumberOf, instantOf, int32Of, NOTHING_TO_TELL, onlyFacts, originOf, type Origin, type StoredCall, type Translation } from '../translation.ts';
import { fieldOf, integerOf, objectOf, objectsOf, textOf, type JsonObject } from '../wire/lenient-json.ts';

/** OCPP 2.0.1 call → facts. Total, as for 1.6: what cannot be read is null. */
export function translateV201(call: StoredCall): Translation {
  switch (call.action) {
    case 'BootNotification': return translateBoot(call);
    case 'StatusNotification': return translateStatus(call);
    case 'TransactionEvent': return onlyFacts(...transactionEventFacts(call));
    case 'MeterValues': return onlyFacts(...meterValueFacts(readings(call.payload), originOf(call, evseNumberOf(integerOf(fieldOf(call.payload, 'evseId'))), null), { seqNo: null, offline: false }));
    default: return NOTHING_TO_TELL;
  }
}

export type TransactionEventType = 'Started' | 'Updated' | 'Ended';
export function transactionEventTypeOf(payload: JsonObject): TransactionEventType | null {
  const text = textOf(fieldOf(payload, 'eventType'))?.toLowerCase();
  return (['Started', 'Updated', 'Ended'] as const).find((type) => type.toLowerCase() === text) ?? null;
}

/** The token text of an IdTokenType; `NoAuthorization` has none (Part 2, C02). */
export const idTokenOf = (payload: JsonObject): string | null => textOf(fieldOf(objectOf(fieldOf(payload, 'idToken')), 'idToken'));

/**
 * The first fact is the event itself, the others are its meter values. The register at the start is the reading in context
 * Transaction.Begin, at the end in context Transaction.End; with a single reading it is that one (E02.FR.09 and E06.FR.11 let
 * stations choose what they sample).
 */
export function transactionEventFacts(call: StoredCall): ChargePointFact[] {
  const { payload } = call;
  const info = objectOf(fieldOf(payload, 'transactionInfo'));
  const transactionId = textOf(fieldOf(info, 'transactionId'));
  const evse = objectOf(fieldOf(payload, 'evse'));
  const origin = originOf(call, evseNumberOf(integerOf(fieldOf(evse, 'id'))), transactionId === null ? null : `v201:${transactionId}`);
  const order = { seqNo: int32Of(integerOf(fieldOf(payload, 'seqNo'))), offline: fieldOf(payload, 'offline') === true };
  const eventAt = instantOf(fieldOf(payload, 'timestamp'));
  const taken = readings(payload);
  const reads = meterValueFacts(taken, origin, order);
  const event = { ...origin, ordinal: 0, eventAt, ...order };
  switch (transactionEventTypeOf(payload)) {
    case 'Started': return [{
      ...event, kind: 'session_started', idToken: idTokenOf(payload), registerWh: registerAt(taken, 'Transaction.Begin'), remoteStartId: int32Of(integerOf(fieldOf(info, 'remoteStartId'))),
    }, ...reads];
    case 'Ended': return [{
      // Part 2, TransactionType.stoppedReason: a missing reason is Local.
      ...event, kind: 'session_ended', idToken: idTokenOf(payload), registerWh: registerAt(taken, 'Transaction.End'), reason: textOf(fieldOf(info, 'stoppedReason')) ?? 'Local',
    }, ...reads];
    // The event of an update without readings still counts: its seqNo is a link in the chain.
    case 'Updated': case null: {
      // A card shown after the cable was plugged in comes with an update (Part 2, E03): whoever reads the event learns who pays.
      const idToken = idTokenOf(payload);
      const card = idToken === null ? [] : [{ ...event, kind: 'register_read' as const, registerWh: null, powerW: null, socPercent: null, context: null, idToken }];
      if (card.length > 0) return [...card, ...reads];
      return reads.length > 0 ? reads : [{ ...event, kind: 'register_read', registerWh: null, powerW: null, socPercent: null, context: null }];
    }
  }
}

type TakenReading = MeterReading & { readonly at: ReturnType<typeof instantOf> };

const readings = (payload: JsonObject): TakenReading[] => objectsOf(fieldOf(payload, 'meterValue')).map((value) => ({
  ...readingOf(objectsOf(fieldOf(value, 'sampledValue')).map(sampledValue)), at: instantOf(fieldOf(value, 'timestamp')),
}));

function registerAt(taken: readonly TakenReading[], context: string): bigint | null {
  const registers = taken.filter((reading) => reading.registerWh !== null);
  return (registers.find((reading) => reading.context === context) ?? (registers.length === 1 ? registers[0] : undefined))?.registerWh ?? null;
}

function meterValueFacts(taken: readonly TakenReading[], origin: Origin, order: { seqNo: number | null; offline: boolean }): ChargePointFact[] {
  return taken.flatMap(({ at, ...reading }, index): ChargePointFact[] =>
    reading.registerWh === null && reading.powerW === null && reading.socPercent === null
      ? []
      : [{ ...origin, ordinal: index + 1, eventAt: at, kind: 'register_read', ...reading, ...order }]);
}

function sampledValue(sample: JsonObject): SampledValue {
  const unit = objectOf(fieldOf(sample, 'unitOfMeasure'));
  return {
    value: textOf(fieldOf(sample, 'value')) ?? '',
    measurand: textOf(fieldOf(sample, 'measurand')) ?? DEFAULT_MEASURAND,
    phase: textOf(fieldOf(sample, 'phase')),
    location: textOf(fieldOf(sample, 'location')) ?? 'Outlet',
    // The unit of a 1.6 sample, which some stations keep in 2.0.1.
    unit: textOf(fieldOf(unit, 'unit')) ?? textOf(fieldOf(sample, 'unit')),
    multiplier: Number(integerOf(fieldOf(unit, 'multiplier')) ?? 0n),
    context: textOf(fieldOf(sample, 'context')),
    // A signed value comes beside the plain one here (SignedMeterValueType), so the plain one is always readable.
    signed: false,
  };
}

function translateBoot(call: StoredCall): Translation {
  const station = objectOf(fieldOf(call.payload, 'chargingStation'));
  return {
    facts: [{ ...originOf(call, null, null), ordinal: 0, eventAt: null, kind: 'booted' }], status: null,
    boot: {
      vendor: textOf(fieldOf(station, 'vendorName')), model: textOf(fieldOf(station, 'model')),
      serial: textOf(fieldOf(station, 'serialNumber')), firmware: textOf(fieldOf(station, 'firmwareVersion')),
    },
  };
}

function translateStatus(call: StoredCall): Translation {
  const { payload } = call;
  const evseNumber = evseNumberOf(integerOf(fieldOf(payload, 'evseId')));
  const status = textOf(fieldOf(payload, 'connectorStatus'));
  if (status === null) return NOTHING_TO_TELL;
  const eventAt = instantOf(fieldOf(payload, 'timestamp'));
  return {
    facts: [{ ...originOf(call, evseNumber, null), ordinal: 0, eventAt, kind: 'status', status, errorCode: null }], boot: null,
    status: evseNumber === null ? null : { evseNumber, status, errorCode: null, at: eventAt ?? call.recordedAt },
  };
}
