export type JsonValue = null | boolean | number | string | bigint | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** Sixteen digits in a row may be an integer that a double cannot hold. */
const MAY_HOLD_BIG_INTEGER = /\d{16}/;
const INTEGER = /^-?\d+$/;

/**
 * Reads JSON without losing an integer beyond 2^53 (Alfen sends a transactionId of 2^63 − 1): such a number becomes a bigint.
 * @throws SyntaxError when the text is not JSON.
 */
export function parseLenientJson(text: string): JsonValue {
  if (!MAY_HOLD_BIG_INTEGER.test(text)) return JSON.parse(text) as JsonValue;
  return JSON.parse(text, keepBigIntegers as (this: unknown, key: string, value: unknown) => unknown) as JsonValue;
}

function keepBigIntegers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && INTEGER.test(source) ? BigInt(source) : value;
}

export const isJsonObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A field by its name; stations that write `ConnectorId` or `connectorID` are understood too. The exact name wins.
 */
export function fieldOf(object: JsonObject, name: string): JsonValue | undefined {
  const exact = object[name];
  if (exact !== undefined) return exact;
  const lower = name.toLowerCase();
  for (const key in object) if (key.length === name.length && key.toLowerCase() === lower) return object[key];
  return undefined;
}

/** Text as it is; numbers as their digits; everything else, and empty text, is nothing. */
export function textOf(value: JsonValue | undefined): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' ? null : text;
}

/** A whole number however it was written (7, "7", 7.0, a bigint), else null. */
export function integerOf(value: JsonValue | undefined): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : null;
  if (typeof value !== 'string') return null;
  const match = /^([+-]?\d{1,20})(?:\.0*)?$/.exec(value.trim());
  return match ? BigInt(match[1]!) : null;
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** A list as it is; a single object where a list should be (seen with one meterValue) as a list of one. */
export function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).filter(isJsonObject);
  return isJsonObject(value) ? [value] : [];
}
