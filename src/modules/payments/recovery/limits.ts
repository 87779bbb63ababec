import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../kernel/index.ts';

/** What recovery takes of the machine and of the channels. Their own rate limits come on top, and hold for all processes' calls together with the others'. */
export type RecoveryLimits = {
  /** Attempts that are taken ahead, and that are written together. Bounds memory, whatever the length of the backlog. */
  readonly pageMax: number;
  /** How long an answer may wait for others to be written with it. */
  readonly lingerMs: number;
  /** An account (a run) gives its place to others that wait after so many attempts. */
  readonly attemptsPerTurnMax: number;
  /** Questions on their way to one account, of this process. Low enough that a payer's own call is never far behind. */
  readonly questionsPerAccountMax: number;
  /** Accounts, runs and operators worked at once. */
  readonly accountsMax: number; readonly runsMax: number; readonly closersMax: number;
  readonly accountsPerPollMax: number;
  readonly pollMs: number;
  /** A process that takes attempts and ends is followed by another after this long; at a counter sooner. */
  readonly leaseMs: number; readonly counterLeaseMs: number;
  /** When a channel could not be asked at all. */
  readonly breakerPauseMs: number;
  /** Orders closed together, and when an order that could not be closed is tried again. */
  readonly closePageMax: number; readonly closeAgainMs: number;
};

export const RECOVERY_LIMITS: RecoveryLimits = {
  pageMax: 64, lingerMs: 50, attemptsPerTurnMax: 1_024, questionsPerAccountMax: 16, accountsMax: 8, runsMax: 2, closersMax: 2, accountsPerPollMax: 256, pollMs: MS_PER_SECOND,
  leaseMs: 2 * MS_PER_MINUTE, counterLeaseMs: 10 * MS_PER_SECOND, breakerPauseMs: 15 * MS_PER_SECOND, closePageMax: 32, closeAgainMs: 5 * MS_PER_MINUTE,
};
