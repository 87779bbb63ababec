/** One session: what happened, what was said of it, and what is planted in it. */
import type { Charge, Station } from './station.ts';

export type Word = {
  kind: 'start' | 'read' | 'end';
  /** The moment it speaks of. */
  at: number;
  /** What the message says of it; null where no date can be read. */
  stamp: number | null;
  recordedAt: number;
  registerWh: number | null;
  powerW: number | null;
  socPercent: number | null;
  seqNo: number | null;
  offline: boolean;
};
export type ConnectorWord = { readonly at: number; readonly recordedAt: number; readonly status: string };

export type Told = {
  readonly station: Station;
  readonly transaction: string;
  readonly idToken: string;
  readonly charge: Charge;
  readonly startAt: number;
  endAt: number;
  /** The connector's true register at start and end, as a sound meter shows it. */
  readonly startWh: number;
  endWh: number;
  /** What the connector showed when its last session began. */
  readonly keptWh: number | null;
  words: Word[];
  statuses: ConnectorWord[];
  /** A register that the connector shows outside of sessions. */
  shown: { at: number; registerWh: number }[];
  statedMs: number | null;
  statedWh: number | null;
  /** Names of what was planted; empty for a sound session. */
  readonly planted: string[];
  /** Causes that are planted, by the names of docs/reference/abnormal-bills.md. */
  readonly causes: string[];
  /** Facts arrive after this that end the story differently: until then these causes are the right ones. */
  late: { readonly until: number; readonly causes: readonly string[] } | null;
  /** The next car comes no sooner. */
  nextNotBefore: number;
  /** A second session that the station makes of this one. */
  twin: Told | null;
  /** The charge point is never heard of again. */
  dies: boolean;
};

export const trueWh = ({ startWh, endWh }: Pick<Told, 'startWh' | 'endWh'>): bigint => BigInt(endWh - startWh);
