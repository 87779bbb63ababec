import type { Instant } from '../../../kernel/index.ts';
import type { ChargePointFact } from '../../charging/index.ts';
import { decimalWh, DEFAULT_MEASURAND, readingOf, type SampledValue } from '../meter/sampled-value.ts';
import { evseNumberOf, instantOf, NOTHING_TO_TELL, onlyFacts, originOf, type Origin, type StoredCall, type Translation } from '../translation.ts';
import { fieldOf, integerOf, objectsOf, textOf, type JsonObject } from '../wire/lenient-json.ts';

/** A register read within a transaction is a fact of 1.6 without order: only its timestamp orders it. */
const UNORDERED = { seqNo: null, offline: false } as const;

/**
 * OCPP 1.6 call → facts. Total: whatever cannot be read is null in the fact, never an error, because the frame is stored and
 * answered already and a bill depends on what is left of it.
 */
export function translateV16(call: StoredCall): Translation {
  switch (call.action) {
    case 'BootNotification': return translateBoot(call);
    case 'StatusNotification': return translateStatus(call);
    case 'StartTransaction': return onlyFacts(startFact(call));
    case 'MeterValues': return onlyFacts(...meterValueFacts(meterValues(call), originOf(call, evseNumberOf(integerOf(fieldOf(call.payload, 'connectorId'))), transactionRefOf(call.payload)), 0));
    case 'StopTransaction': return translateStop(call);
    default: return NOTHING_TO_TELL;
  }
}

/** The start of a charging session (§4.8). It names no transaction: the number is given in the answer. */
export function startFact(call: StoredCall): ChargePointFact & { readonly kind: 'session_started' } {
  const { payload } = call;
  return {
    ...originOf(call, evseNumberOf(integerOf(fieldOf(payload, 'connectorId'))), null), ordinal: 0, eventAt: instantOf(fieldOf(payload, 'timestamp')),
    kind: 'session_started', idToken: textOf(fieldOf(payload, 'idTag')), registerWh: registerOf(payload, 'meterStart'), remoteStartId: null, ...UNORDERED,
  };
}

function translateStop(call: StoredCall): Translation {
  const { payload } = call;
  const origin = originOf(call, null, transactionRefOf(payload));
  const ended: ChargePointFact = {
    ...origin, ordinal: 0, eventAt: instantOf(fieldOf(payload, 'timestamp')), kind: 'session_ended', registerWh: registerOf(payload, 'meterStop'),
    // §6.49: a missing reason is Local.
    reason: textOf(fieldOf(payload, 'reason')) ?? 'Local', idToken: textOf(fieldOf(payload, 'idTag')), ...UNORDERED,
  };
  return onlyFacts(ended, ...meterValueFacts(objectsOf(fieldOf(payload, 'transactionData')), origin, 1));
}

const meterValues = (call: StoredCall): readonly JsonObject[] => objectsOf(fieldOf(call.payload, 'meterValue') ?? fieldOf(call.payload, 'values'));

function meterValueFacts(values: readonly JsonObject[], origin: Origin, firstOrdinal: number): ChargePointFact[] {
  const facts: ChargePointFact[] = [];
  for (const [index, value] of values.entries()) {
    const reading = readingOf(objectsOf(fieldOf(value, 'sampledValue')).map(sampledValue));
    if (reading.registerWh === null && reading.powerW === null && reading.socPercent === null) continue;
    facts.push({ ...origin, ordinal: firstOrdinal + index, eventAt: instantOf(fieldOf(value, 'timestamp')), kind: 'register_read', ...reading, ...UNORDERED });
  }
  return facts;
}

function sampledValue(sample: JsonObject): SampledValue {
  return {
    value: textOf(fieldOf(sample, 'value')) ?? '',
    measurand: textOf(fieldOf(sample, 'measurand')) ?? DEFAULT_MEASURAND,
    phase: textOf(fieldOf(sample, 'phase')),
    location: textOf(fieldOf(sample, 'location')) ?? 'Outlet',
    unit: textOf(fieldOf(sample, 'unit')),
    multiplier: 0,
    context: textOf(fieldOf(sample, 'context')),
    signed: textOf(fieldOf(sample, 'format'))?.toLowerCase() === 'signeddata',
  };
}

/** As the station sent it, also -1, 0 or 2^63 − 1: which transaction that can be is for charging to find out. */
function transactionRefOf(payload: JsonObject): string | null {
  const value = fieldOf(payload, 'transactionId');
  const id = integerOf(value);
  return id === null ? null : `v16:${id}`;
}

/** meterStart and meterStop are Wh (§6.45, §6.49), integers by the standard; fractions and texts are seen and understood. */
function registerOf(payload: JsonObject, name: string): bigint | null {
  const text = textOf(fieldOf(payload, name));
  return text === null ? null : decimalWh(text, 0, 'Wh');
}

function translateBoot(call: StoredCall): Translation {
  const { payload } = call;
  const fact: ChargePointFact = { ...originOf(call, null, null), ordinal: 0, eventAt: null, kind: 'booted' };
  return {
    facts: [fact], status: null,
    boot: {
      vendor: textOf(fieldOf(payload, 'chargePointVendor')), model: textOf(fieldOf(payload, 'chargePointModel')),
      serial: textOf(fieldOf(payload, 'chargePointSerialNumber')) ?? textOf(fieldOf(payload, 'chargeBoxSerialNumber')), firmware: textOf(fieldOf(payload, 'firmwareVersion')),
    },
  };
}

function translateStatus(call: StoredCall): Translation {
  const { payload } = call;
  const evseNumber = evseNumberOf(integerOf(fieldOf(payload, 'connectorId')));
  const status = textOf(fieldOf(payload, 'status'));
  if (status === null) return NOTHING_TO_TELL;
  const written = textOf(fieldOf(payload, 'errorCode'));
  const errorCode = written === null || written === 'NoError' ? null : written;
  const eventAt: Instant | null = instantOf(fieldOf(payload, 'timestamp'));
  return {
    facts: [{ ...originOf(call, evseNumber, null), ordinal: 0, eventAt, kind: 'status', status, errorCode }], boot: null,
    status: evseNumber === null ? null : { evseNumber, status, errorCode, at: eventAt ?? call.recordedAt },
  };
}
