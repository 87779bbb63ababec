import type { LineKind, LineState, StatementTrailer } from '../domain/line.ts';

/** One line as a reader hands it out: a view into bytes that is valid during the call only; readers may use one object for all. */
export type RawLine = {
  bytes: Buffer; kind: LineKind; numberFrom: number; numberTo: number; channelFrom: number; channelTo: number; atFrom: number; atTo: number;
  /** Integers in minor units. */
  amountMinor: number; feeMinor: number; state: LineState; lineNo: number;
};
export type LineReader = { line(bytes: Buffer, from: number, to: number): void; finish(): StatementTrailer };
