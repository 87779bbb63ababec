/**
 * Frames for somebody outside. Cards, names and whatever else a field may carry are blotted out: only fields of the protocol that cannot hold a person, in the form that
 * the protocol gives them, are kept as they are. A card becomes a pseudonym where the caller gives one, so that "the same card twice" stays visible.
 */
export type Json = null | boolean | number | string | bigint | readonly Json[] | { readonly [key: string]: Json | undefined };
export type Pseudonym = (card: string) => string;
/** What the gateway knows: JSON as leniently as charge points write it, and whether the standard has a word, in any case. */
export type Protocol = { readonly parse: (text: string) => Json; readonly isStandardWord: (word: string) => boolean };
export const BLOTTED: Pseudonym = () => 'card';

const SECRETS: ReadonlySet<string> = new Set(['idtag', 'parentidtag', 'idtoken', 'groupidtoken', 'additionalidtoken', 'emaid', 'vin', 'evccid', 'customeridentifier']);
const NUMBERS: ReadonlySet<string> = new Set([
  'connectorId', 'transactionId', 'meterStart', 'meterStop', 'reservationId', 'seqNo', 'id', 'evseId', 'value', 'interval', 'numberOfPhasesUsed', 'cableMaxCurrent', 'remoteStartId', 'multiplier', 'requestId', 'timeSpentCharging',
  'retries', 'retryInterval', 'listVersion', 'chargingProfileId', 'stackLevel', 'limit', 'startPeriod', 'duration', 'severity',
]);
const WORDS: ReadonlySet<string> = new Set([
  'status', 'errorCode', 'reason', 'context', 'format', 'measurand', 'phase', 'location', 'unit', 'eventType', 'triggerReason', 'chargingState', 'stoppedReason', 'type', 'connectorStatus', 'requestedMessage', 'operationalStatus',
  'chargePointVendor', 'chargePointModel', 'firmwareVersion', 'vendorName', 'model', 'meterType', 'chargingRateUnit', 'ongoingIndicator', 'reasonCode', 'serialNumber', 'chargePointSerialNumber', 'chargeBoxSerialNumber',
]);
const STAMPS: ReadonlySet<string> = new Set(['timestamp', 'currentTime', 'expiryDate', 'cacheExpiryDateTime', 'startSchedule', 'validFrom', 'validTo']);
const SERIALS: ReadonlySet<string> = new Set(['serialNumber', 'chargePointSerialNumber', 'chargeBoxSerialNumber', 'firmwareVersion', 'model', 'chargePointModel', 'chargePointVendor', 'vendorName']);
const CONTAINERS: readonly string[] = ['chargingStation', 'transactionInfo', 'evse', 'meterValue', 'sampledValue', 'unitOfMeasure', 'statusInfo', 'transactionData', 'modem', 'customData', 'idTokenInfo', 'idTagInfo', 'values', 'offline'];
const ACTIONS: readonly string[] = [
  'BootNotification', 'Heartbeat', 'StatusNotification', 'Authorize', 'StartTransaction', 'StopTransaction', 'MeterValues', 'TransactionEvent', 'DataTransfer', 'RemoteStartTransaction', 'RemoteStopTransaction', 'RequestStartTransaction', 'RequestStopTransaction',
  'TriggerMessage', 'FirmwareStatusNotification', 'NotifyReport', 'NotifyEvent', 'SecurityEventNotification', 'LogStatusNotification', 'DiagnosticsStatusNotification', 'GetTransactionStatus',
];
const KNOWN: ReadonlySet<string> = new Set([...NUMBERS, ...WORDS, ...STAMPS, ...CONTAINERS, ...ACTIONS, 'idTag', 'idToken', 'true', 'false', 'null']);

const SERIAL = /^[\p{L}\p{N}][\p{L}\p{N} ._/+-]{0,59}$/u, NUMBER = /^-?\d{1,15}(\.\d{1,12})?([eE][-+]?\d{1,3})?$/, ID = /^[A-Za-z0-9._:-]{1,64}$/;
const STAMP = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?\s?(Z|z|[+-]\d{2}:?(\d{2})?)?$/;
const SECRET_LENGTH_MIN = 3;

/** Letters become x and digits 0, so that the form stays; words of the protocol stay as they are. */
export const scrub = (text: string): string => text.replaceAll(/[\p{L}\p{N}_]+/gu, (run) => (KNOWN.has(run) ? run : run.replaceAll(/\p{N}/gu, '0').replaceAll(/\p{L}/gu, 'x')));
const blot = (text: string): string => `<${text.length} characters>`;

/** A card's number in hexadecimal may have no digit; no word of the standard is such. */
const CARD_OF_LETTERS = /^[a-f]{8,}$/i;
/** A complaint of the schema or a note of ours: names of the standard stay, anything that could be a card does not. What stands in brackets was written by the charge point, to the end, which may be cut off. */
export const maskDetail = (detail: string): string => detail.replace(/\((.*?)\)?$/s, (whole, name: string) => (KNOWN.has(name) ? whole : '(…)')).replaceAll(/[\p{L}\p{N}_]{4,}/gu, (run) => ((/\p{N}/u.test(run) || CARD_OF_LETTERS.test(run)) && !KNOWN.has(run) ? scrub(run) : run));

/** @returns one line of JSON, or the scrubbed text of what is no message. A word stays only if it is the standard's: a maker's own may be a name, or a card of letters alone. */
export function maskFrame(text: string, { parse, isStandardWord }: Protocol, pseudonym: Pseudonym): string {
  let value: Json;
  try {
    value = parse(text);
  } catch {
    return scrub(text);
  }
  if (!Array.isArray(value)) return scrub(text);
  const secrets = new Map<string, string>();
  collect(value, false, secrets, pseudonym);
  const clean = (kept: string): string => (contains(kept, secrets) ? blot(kept) : kept);
  const masked = (value as readonly Json[]).map((part, i): Json => {
    if (i === 0) return typeof part === 'number' || typeof part === 'bigint' ? part : scrub(String(part));
    if (i === 1) return typeof part === 'string' ? (ID.test(part) ? clean(part) : scrub(part)) : typeof part === 'number' ? part : scrub(JSON.stringify(part) ?? '');
    if (typeof part === 'string') return i === 2 && isStandardWord(part) ? clean(part) : blot(part);
    return mask(part, '', { clean, isStandardWord, pseudonym });
  });
  return toText(masked);
}

function collect(value: Json, secret: boolean, into: Map<string, string>, pseudonym: Pseudonym): void {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    const card = String(value);
    if (secret && card.length >= SECRET_LENGTH_MIN) into.set(card.toLowerCase(), pseudonym(card));
    return;
  }
  if (Array.isArray(value)) for (const each of value as readonly Json[]) collect(each, secret, into, pseudonym);
  else if (value !== null && typeof value === 'object') for (const [key, each] of Object.entries(value)) collect(each ?? null, SECRETS.has(key.toLowerCase()) || (secret && key !== 'type'), into, pseudonym);
}

const contains = (text: string, secrets: ReadonlyMap<string, string>): boolean => {
  const lower = text.toLowerCase();
  return [...secrets.keys()].some((secret) => lower.includes(secret));
};

type Tools = { readonly clean: (kept: string) => string; readonly isStandardWord: Protocol['isStandardWord']; readonly pseudonym: Pseudonym };

function mask(value: Json, key: string, tools: Tools): Json {
  if (value === null || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((each) => mask(each, key, tools));
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, each], i) => {
      const shown = SECRETS.has(name.toLowerCase()) || tools.isStandardWord(name) ? name : `field${i}`;
      return [shown, mask(each ?? null, name, tools)];
    }));
  }
  if (SECRETS.has(key.toLowerCase())) return tools.pseudonym(String(value));
  if (typeof value === 'number' || typeof value === 'bigint') return NUMBERS.has(key) && tools.clean(String(value)) === String(value) ? value : '<number>';
  return maskText(value, key, tools);
}

function maskText(value: string, key: string, { clean, isStandardWord }: Tools): string {
  if (value === '') return value;
  if (STAMPS.has(key)) return STAMP.test(value) ? clean(value) : scrub(value);
  if (SERIALS.has(key)) return SERIAL.test(value) ? clean(value) : blot(value);
  if (WORDS.has(key)) return isStandardWord(value) ? clean(value) : blot(value);
  if (key === 'transactionId') return ID.test(value) ? clean(value) : blot(value);
  if (NUMBERS.has(key)) return NUMBER.test(value) ? clean(value) : scrub(value);
  return blot(value);
}

/** JSON with big integers as they are. */
function toText(value: Json): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(toText).join(',')}]`;
  if (value !== null && typeof value === 'object') return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${toText(each ?? null)}`).join(',')}}`;
  return JSON.stringify(value);
}
