/** Array parameters as text: the driver's own conversion quotes and escapes every element, which digits and hex do not need. */

/** For numbers, bigints, booleans, uuids and words: never for text from outside. */
export const sqlArray = (values: readonly (string | number | bigint | boolean | null)[]): string =>
  `{${values.map((value) => (value === null ? 'NULL' : value)).join(',')}}`;

/** A 128-bit number in the form of a uuid that the database reads fastest. */
export const sqlUuid = (value: bigint): string => value.toString(16).padStart(32, '0');
export const sqlUuidOrNull = (value: bigint): string | null => (value === 0n ? null : sqlUuid(value));
export const bigIntOfUuid = (uuid: string | null): bigint => (uuid === null ? 0n : BigInt(`0x${uuid.replaceAll('-', '')}`));

/** An unsigned 64-bit number in a signed column, and back. */
export const sqlUnsigned64 = (value: bigint): bigint | null => (value === 0n ? null : BigInt.asIntN(64, value));
export const unsigned64 = (value: bigint | null): bigint => (value === null ? 0n : BigInt.asUintN(64, value));
