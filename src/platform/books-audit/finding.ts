import type { Tx } from '../database/index.ts';

/** How many ids of what is wrong are listed; the count says how many there are. */
export const OFFENDING_MAX = 20;

/** The answer of one invariant for one operator. */
export type AuditFinding = {
  /** `module.what_must_be_true`, stable: it is what a person and a script look for. */
  readonly check: string;
  /** The invariant as a sentence. */
  readonly about: string;
  /** How many records were looked at. */
  readonly checked: number;
  readonly failed: number;
  /** Ids of what is wrong, at most `OFFENDING_MAX`. */
  readonly offending: readonly string[];
  /** What is wrong with each of `offending`, in the same order. */
  readonly details?: readonly string[];
  /** Amounts worth reading beside the verdict, e.g. metered, billed, free, lost and unexplained Wh. Summed over operators. */
  readonly figures?: Readonly<Record<string, bigint>>;
};

/** A module's part of the audit: reads only, in one snapshot, bound to one operator. */
export type AuditChecks = (tx: Tx) => Promise<readonly AuditFinding[]>;
