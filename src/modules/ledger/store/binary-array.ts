/**
 * Array parameters in PostgreSQL's binary format (one dimension, no nulls), for the hot path: neither side formats or parses digits.
 * Header: dimensions, has-nulls flag, element type, length, lower bound, 32 bits each; then every element behind its length in bytes.
 */
const HEADER_BYTES = 20, LENGTH_BYTES = 4;
const UUID = 2950, INT8 = 20, INT4 = 23;

/** Of 128-bit numbers. */
export function binaryUuids(values: readonly bigint[]): Buffer {
  const { buffer, view } = allocate(UUID, 16, values.length);
  for (let i = 0, at = HEADER_BYTES; i < values.length; i++, at += LENGTH_BYTES + 16) {
    view.setInt32(at, 16);
    view.setBigUint64(at + LENGTH_BYTES, values[i]! >> 64n);
    view.setBigUint64(at + LENGTH_BYTES + 8, values[i]!); // Takes the lower 64 bits.
  }
  return buffer;
}

/** Of signed 64-bit numbers. */
export function binaryInt8s(values: readonly bigint[]): Buffer {
  const { buffer, view } = allocate(INT8, 8, values.length);
  for (let i = 0, at = HEADER_BYTES; i < values.length; i++, at += LENGTH_BYTES + 8) {
    view.setInt32(at, 8);
    view.setBigInt64(at + LENGTH_BYTES, values[i]!);
  }
  return buffer;
}

/** `int8[]` of unsigned 32-bit numbers. */
export function binaryInt8sOfU32(values: readonly number[]): Buffer {
  const { buffer, view } = allocate(INT8, 8, values.length);
  for (let i = 0, at = HEADER_BYTES; i < values.length; i++, at += LENGTH_BYTES + 8) {
    view.setInt32(at, 8);
    view.setUint32(at + LENGTH_BYTES, 0);
    view.setUint32(at + LENGTH_BYTES + 4, values[i]!);
  }
  return buffer;
}

/** Of signed 32-bit numbers. */
export function binaryInt4s(values: readonly number[]): Buffer {
  const { buffer, view } = allocate(INT4, 4, values.length);
  for (let i = 0, at = HEADER_BYTES; i < values.length; i++, at += LENGTH_BYTES + 4) {
    view.setInt32(at, 4);
    view.setInt32(at + LENGTH_BYTES, values[i]!);
  }
  return buffer;
}

function allocate(type: number, elementBytes: number, length: number): { readonly buffer: Buffer; readonly view: DataView } {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + length * (LENGTH_BYTES + elementBytes));
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  view.setInt32(0, 1);
  view.setInt32(4, 0);
  view.setInt32(8, type);
  view.setInt32(12, length);
  view.setInt32(16, 1);
  return { buffer, view };
}
