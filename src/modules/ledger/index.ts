export { ACCOUNT, accountId, accountSpec, currencyOfLedger, ENERGY_LEDGER, moneyLedger, transferId, type AccountKind } from './chart.ts';
export {
  AMOUNT_MAX, CREATE_ACCOUNT_STATUSES, ID_MAX,
  type Account, type AccountEvent, type AccountFlags, type Balances, type CreateAccountResult, type CreateAccountStatus,
} from './domain/account.ts';
export {
  CREATE_TRANSFER_STATUSES, TRANSIENT_STATUSES,
  type CreateTransferResult, type CreateTransferStatus, type Transfer, type TransferEvent, type TransferFlags,
} from './domain/transfer.ts';
export type { LedgerHandle, LedgerOptions } from './handle.ts';
export { BATCH_EVENTS_MAX, createAccounts } from './commands/create-accounts.ts';
export { createTransfers } from './commands/create-transfers.ts';
export { expirePending } from './commands/expire-pending.ts';
export { lookupAccounts, lookupTransfers } from './queries/lookup.ts';
export type { Expired } from './store/expire.ts';
export { checkpointAccounts, extendHashChain, type Checkpoint, type JobOptions } from './jobs/checkpoint.ts';
export { createLanes, LanesFull, type LaneOptions, type Lanes } from './lanes.ts';
export { accountHistory, balanceAt, balancesAt, type AccountBalance, type HistoryOptions } from './queries/history.ts';
export { accountSumsByCode, accountSumsByDay, sumsByCode, type AccountSum, type CodeSum, type DaySum } from './queries/sums.ts';
export { auditLedger, verifyHashChain, type AuditCheck, type AuditFailure } from './queries/audit.ts';
export { lastMovedAt } from './queries/last-moved.ts';
export { accountingDate, closePeriod, findPeriod, type Blocker, type ClosedPeriod, type Month, type PeriodClosed, type PeriodGate, type PeriodRejection } from './periods/close-period.ts';
export { periodCloseApproval, registerPeriodRoutes, type PeriodOptions } from './periods/http.ts';
export { closePeriodsJob, workPeriod, type PeriodRules } from './periods/work-periods.ts';
