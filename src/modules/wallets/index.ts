/** The door of `wallets`: members' prepaid money: opening, cash-desk top-ups, holds, how bills are paid. */
export { openWallet, openWallets } from './commands/open-wallet.ts';
export {
  TOP_UP_MINOR_MAX, TOP_UP_NOTE_LENGTH_MAX, topUpAtCashDesk, type CashDeskReceipt, type CashDeskRejection, type CashDeskTopUp,
} from './commands/top-up-at-cash-desk.ts';
export { placeHold, planHold, type Hold, type HoldRejection, type HoldRequest } from './commands/place-hold.ts';
export { BALANCES_PER_LOAD_MAX, walletBalances, type WalletBalance } from './queries/balances.ts';
export { creditedAccount, memberAccountId, planPayment, planReceivable, type Payment, type PlannedPayment } from './domain/settlement.ts';
export { WALLET_TRANSFER } from './domain/transfer-code.ts';
export { auditWallets, walletsMovedByOthers, type MovedByOthers, type WalletAuditCheck } from './queries/audit.ts';
export { STATEMENT_ROWS_MAX, walletStatement, type Movement, type Statement } from './queries/statement.ts';
export { registerWalletRoutes, type NameActors } from './http/wallets.ts';
export { ADJUSTMENT_KINDS, adjustWallet, changeFourEyesAbove, fourEyesAbove, type AdjustmentKind, type AdjustmentRejection, type BookedAdjustment, type WalletAdjustment } from './commands/adjust-wallet.ts';
export { adjustmentApproval, registerAdjustmentRoutes } from './http/adjustments.ts';
