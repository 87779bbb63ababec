/** The door of `wallets`: members' prepaid money: opening, cash-desk top-ups, holds, how bills are paid. */
export { openWallet, openWallets } from './commands/open-wallet.ts';
export {
  NO_CASH_DESK_GIFTS, TOP_UP_MINOR_MAX, TOP_UP_NOTE_LENGTH_MAX, topUpAtCashDesk, type CashDeskGifts, type CashDeskReceipt, type CashDeskRejection, type CashDeskTopUp,
} from './commands/top-up-at-cash-desk.ts';
export { placeHold, planHold, type Hold, type HoldRejection, type HoldRequest } from './commands/place-hold.ts';
export { BALANCES_PER_LOAD_MAX, walletBalances, type WalletBalance } from './queries/balances.ts';
export { creditedAccount, memberAccountId, planPayment, planReceivable, type Payment, type PlannedPayment } from './domain/settlement.ts';
export { WALLET_TRANSFER } from './domain/transfer-code.ts';
export { auditWallets, walletsMovedByOthers, type MovedByOthers, type WalletAuditCheck } from './queries/audit.ts';
export { STATEMENT_ROWS_MAX, walletStatement, type Movement, type Statement } from './queries/statement.ts';
export { cashDeskApproval, registerWalletRoutes } from './http/wallets.ts';
export { ADJUSTMENT_KINDS, adjustWallet, changeFourEyesAbove, fourEyesAbove, type AdjustmentKind, type AdjustmentRejection, type BookedAdjustment, type WalletAdjustment } from './commands/adjust-wallet.ts';
export { NO_GIFTS_GOING_BACK, type GiftsGoingBack } from './commands/cash-given-back.ts';
export { adjustmentApproval, registerAdjustmentRoutes } from './http/adjustments.ts';
export { couponsInUse, membersWithCoupons, planCoupons, recordCoupons, type BillToPlan, type PaidByCoupon, type PlannedCoupons } from './coupons/pay-with-coupons.ts';
export { giveForTopUps, type PaidTopUp } from './coupons/give-coupons.ts';
export { restoreCoupons, takeBackCoupons, type RefundedTopUp } from './coupons/take-back.ts';
export { auditCoupons } from './coupons/audit-coupons.ts';
export { expireCouponsJob } from './coupons/expire-coupons.ts';
export { setCouponRule, type CouponRuleRejection } from './coupons/rules.ts';
export { giveByHand, type GiftByHand, type GiftRejection } from './coupons/give-coupons.ts';
export { expireCoupons } from './coupons/expire-coupons.ts';
export { listCoupons, type ListedCoupon } from './queries/coupons.ts';
export { TOP_UP_CHANNELS, type CouponRule, type CouponTerms, type TopUpChannel } from './domain/coupon.ts';
export { couponGiftApproval, registerCouponRoutes } from './http/coupons.ts';
export { registerStandingRoutes } from './http/standing.ts';
export { dormantWallets, receivables, type StandingPage, type StandingWallet } from './queries/standing.ts';
