/**
 * Parameters of a statement in PostgreSQL's binary format, one behind the other as the Bind message carries them: neither side formats or parses digits, and nothing
 * is copied on the way to the socket. Each parameter stands behind its length in bytes (-1 is null). An array has a header (dimensions, has-nulls flag, element type,
 * length, lower bound, 32 bits each), then every element behind its length.
 */
const ELEMENT = { uuid: 2950, int8: 20, int4: 23 } as const;
const LENGTH_BYTES = 4, ARRAY_HEADER_BYTES = 20, NULL = -1;

/** What an array of so many elements takes at most. */
export const arrayBytesMax = (length: number, elementBytes: number): number => LENGTH_BYTES + ARRAY_HEADER_BYTES + length * (LENGTH_BYTES + elementBytes);

export class Parameters {
  readonly #buffer: Buffer;
  readonly #view: DataView;
  #at: number;
  #array = 0;

  /** @param memory to write into from `start` on; it must have room for the parameters. */
  constructor(memory: Buffer, start: number) {
    this.#buffer = memory;
    this.#view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.byteLength);
    this.#at = start;
  }

  /** The memory itself, and up to where it is written. */
  get buffer(): Buffer { return this.#buffer; }
  get end(): number { return this.#at; }

  text(value: string | null): void {
    const bytes = value === null ? NULL : this.#buffer.write(value, this.#at + LENGTH_BYTES, 'latin1'); // Ids of ours: ASCII.
    this.#view.setInt32(this.#at, bytes);
    this.#at += LENGTH_BYTES + Math.max(bytes, 0);
  }

  /** A parameter or, after `array`, an element. */
  int8(value: bigint): void {
    this.#view.setInt32(this.#at, 8);
    this.#view.setBigInt64(this.#at + LENGTH_BYTES, value);
    this.#at += LENGTH_BYTES + 8;
  }

  /** An unsigned 32-bit number in the space of an int8. */
  int8OfU32(value: number): void {
    this.#view.setInt32(this.#at, 8);
    this.#view.setUint32(this.#at + LENGTH_BYTES, 0);
    this.#view.setUint32(this.#at + LENGTH_BYTES + 4, value);
    this.#at += LENGTH_BYTES + 8;
  }

  int4(value: number): void {
    this.#view.setInt32(this.#at, 4);
    this.#view.setInt32(this.#at + LENGTH_BYTES, value);
    this.#at += LENGTH_BYTES + 4;
  }

  /** Of a 128-bit number. */
  uuid(value: bigint): void {
    this.#view.setInt32(this.#at, 16);
    this.#view.setBigUint64(this.#at + LENGTH_BYTES, value >> 64n);
    this.#view.setBigUint64(this.#at + LENGTH_BYTES + 8, value); // Takes the lower 64 bits.
    this.#at += LENGTH_BYTES + 16;
  }

  /** An element; the array must be opened `withNulls`. */
  null(): void {
    this.#view.setInt32(this.#at, NULL);
    this.#at += LENGTH_BYTES;
  }

  /** Opens an array; as many elements follow, then `endArray`. */
  array(element: keyof typeof ELEMENT, length: number, withNulls = false): void {
    this.#array = this.#at;
    const at = this.#at + LENGTH_BYTES;
    this.#view.setInt32(at, 1);
    this.#view.setInt32(at + 4, withNulls ? 1 : 0);
    this.#view.setInt32(at + 8, ELEMENT[element]);
    this.#view.setInt32(at + 12, length);
    this.#view.setInt32(at + 16, 1);
    this.#at = at + ARRAY_HEADER_BYTES;
  }

  endArray(): void {
    this.#view.setInt32(this.#array, this.#at - this.#array - LENGTH_BYTES);
  }
}

/** The parameters one by one, for the driver. */
export function parametersOf(buffer: Buffer, start: number, end: number): (Buffer | null)[] {
  const parameters: (Buffer | null)[] = [];
  for (let at = start; at < end;) {
    const bytes = buffer.readInt32BE(at);
    at += LENGTH_BYTES;
    parameters.push(bytes === NULL ? null : buffer.subarray(at, at + bytes));
    at += Math.max(bytes, 0);
  }
  return parameters;
}
