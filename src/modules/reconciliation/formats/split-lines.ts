/** Cuts a stream of bytes into lines without turning them into text: a line is a view into the piece it came in. */

/** Longer lines are not lines of a statement. */
export const LINE_BYTES_MAX = 65_536;
const LF = 0x0a, CR = 0x0d;

/** Called for each line with the piece that holds it, its first byte and the byte after its last; the bytes are valid during the call only. */
export type OnLine = (piece: Buffer, from: number, to: number) => void;

/** Line ends are LF or CR LF; a byte order mark is left out; a last line without an end is a line. */
export async function splitLines(content: AsyncIterable<Buffer> | Iterable<Buffer>, onLine: OnLine): Promise<void> {
  let rest: Buffer | null = null;
  let first = true;
  for await (const piece of content) {
    let from = 0;
    if (first && piece.length > 0) {
      first = false;
      if (piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf) from = 3;
    }
    if (rest !== null) {
      // Only up to the first line end: the rest of the piece is not copied.
      const end = piece.indexOf(LF, from);
      if (end < 0) { rest = Buffer.concat([rest, piece.subarray(from)]); refuseLong(rest); continue; }
      const joined: Buffer = Buffer.concat([rest, piece.subarray(from, end)]);
      rest = null;
      emit(joined, 0, joined.length, onLine);
      from = end + 1;
    }
    for (let end = piece.indexOf(LF, from); end >= 0; end = piece.indexOf(LF, from)) {
      emit(piece, from, end, onLine);
      from = end + 1;
    }
    if (from < piece.length) { rest = Buffer.from(piece.subarray(from)); refuseLong(rest); }
  }
  if (rest !== null && rest.length > 0) emit(rest, 0, rest.length, onLine);
}

function emit(piece: Buffer, from: number, to: number, onLine: OnLine): void {
  onLine(piece, from, to > from && piece[to - 1] === CR ? to - 1 : to);
}

function refuseLong(rest: Buffer): void {
  if (rest.length > LINE_BYTES_MAX) throw new RangeError(`a line of more than ${LINE_BYTES_MAX} bytes`);
}
