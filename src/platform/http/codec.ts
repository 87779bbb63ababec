import { Type, type Static, type TSchema } from 'typebox';
import { CURRENCY_DECIMALS, decodeId, encodeId, instant, money, toIso, wattHours, type CurrencyCode, type IdPrefix, type Instant, type Money, type WattHours } from '../../kernel/index.ts';
import { problem, type ErrorCode } from '../errors/index.ts';

/** Whole numbers of any size travel as decimal strings, because JSON numbers lose digits beyond 2^53. */
export const IntegerJson = Type.String({ pattern: '^-?(0|[1-9]\\d{0,17})$', title: 'IntegerString', description: 'A whole number as a decimal string.' });
export const PositiveIntegerJson = Type.String({ pattern: '^[1-9]\\d{0,17}$', title: 'PositiveIntegerString', description: 'A whole number above zero as a decimal string.' });
export const CurrencyJson = Type.Enum(Object.keys(CURRENCY_DECIMALS) as CurrencyCode[], { title: 'Currency', description: 'ISO 4217.' });
export const MoneyJson = Type.Object({ amountMinor: IntegerJson, currency: CurrencyJson }, { title: 'Money', additionalProperties: false, description: 'An amount in minor units (fen, cents).' });
export const WattHoursJson = Type.String({ pattern: '^-?(0|[1-9]\\d{0,17})$', title: 'WattHours', description: 'Energy in whole watt-hours as a decimal string.' });
export const InstantJson = Type.String({ format: 'date-time', title: 'Instant', description: 'ISO 8601 in UTC with milliseconds.' });
export const NullOr = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** An id as the outside sees it, e.g. `mem_01h…`. */
export const IdJson = (prefix: IdPrefix) => Type.String({ pattern: `^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`, examples: [`${prefix}_00k8x2m4v7r9t1w3y5z7a9c1e3`] });
/** A body whose unknown fields are an error and not silently ignored. */
export const Body = <P extends Record<string, TSchema>>(properties: P, options: { title?: string; description?: string } = {}) =>
  Type.Object(properties, { ...options, additionalProperties: false });
/** The answer of an act that has nothing to say beyond having happened (status 204). */
export const NoContent = Type.Null();

export type MoneyJson = Static<typeof MoneyJson>;
export const moneyToJson = (value: Money): MoneyJson => ({ amountMinor: String(value.amountMinor), currency: value.currency });
export const moneyFromJson = (json: MoneyJson): Money => money(BigInt(json.amountMinor), json.currency);
export const wattHoursToJson = (value: bigint): string => String(value);
export const wattHoursFromJson = (json: string): WattHours => wattHours(BigInt(json));
export const instantToJson = (value: Instant): string => toIso(value);
/** The schema's `date-time` format has been checked, so the text parses. */
export const instantFromJson = (json: string): Instant => instant(Date.parse(json));
export const orNull = <T, J>(value: T | null, toJson: (value: T) => J): J | null => (value === null ? null : toJson(value));
export const idToJson = encodeId;

/** The UUID of an outside id. @throws Problem `notFound` when it is not an id of this kind at all: it cannot exist then. */
export function idFromJson<T extends string = string>(prefix: IdPrefix, text: string, notFound: ErrorCode): T {
  const uuid = decodeId(prefix, text);
  if (uuid === null) throw problem(notFound);
  return uuid as T;
}
