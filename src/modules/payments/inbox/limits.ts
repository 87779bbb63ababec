import { MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from '../../../kernel/index.ts';

/** Everything about notifications that could grow or wait has its maximum here. */
export type InboxLimits = {
  /** WeChat Pay's are under 4 kB, Alipay's under 8 kB. */
  readonly bodyBytesMax: number;
  readonly headersMax: number;
  readonly headerLengthMax: number;
  /** A minute from one address, on each node: channels send from few. */
  readonly perMinuteFromOneAddressMax: number;
  /** Refused ones that are kept as evidence, a minute and account, on each node. More are counted only: nobody fills the disk from outside. */
  readonly refusedKeptPerMinuteMax: number;
  /** Notifications that wait for a group insert; one more is answered "again later". */
  readonly queuedMax: number;
  readonly batchRowsMax: number;
  /** How long storing may take. Below the five seconds that channels wait for an answer. */
  readonly storeDeadlineMs: number;
  /** Notifications of one operator that share a transaction. */
  readonly applyBatchMax: number;
  /** Operators that one node works at the same time. */
  readonly operatorsMax: number;
  readonly pollMs: number;
  /** Pauses before an early one (its order is not visible yet), or one that failed, is tried again; after the last it is given up and reported. */
  readonly retryPausesMs: readonly number[];
};

export const INBOX_LIMITS: InboxLimits = {
  bodyBytesMax: 64 * 1024,
  headersMax: 32,
  headerLengthMax: 2_048,
  perMinuteFromOneAddressMax: 60_000,
  refusedKeptPerMinuteMax: 60,
  queuedMax: 5_000,
  batchRowsMax: 200,
  storeDeadlineMs: 4 * MS_PER_SECOND,
  applyBatchMax: 100,
  operatorsMax: 4,
  pollMs: 200,
  retryPausesMs: [
    100, 200, 500, MS_PER_SECOND, 2 * MS_PER_SECOND, 5 * MS_PER_SECOND, 15 * MS_PER_SECOND, MS_PER_MINUTE, 5 * MS_PER_MINUTE, 30 * MS_PER_MINUTE, 2 * MS_PER_HOUR, 6 * MS_PER_HOUR, 18 * MS_PER_HOUR,
  ],
};
