/** The door of `payments`: orders, channels, notifications, recovery, closing, refunds. */
export {
  CHANNEL_KINDS, PAYMENT_METHODS, REFUSAL_REASONS, STATEMENT_KINDS, type Channel, type ChannelKind, type ChannelTraits, type CreatePayment, type Exchange, type NotificationReply,
  type NotificationVerdict, type NotificationView, type Outcome, type PaidView, type PaymentMethod, type PaymentView, type PayWithCode, type Presentation, type RawNotification,
  type RefundRequest, type RefundView, type RefusalReason, type StatementFile, type StatementKind,
} from './domain/channel.ts';
export { parseRefundNumber, parseTradeNumber, refundNumber, tradeNumber, type Environment, type TradeNumber } from './domain/order-number.ts';
export { ORDER_STATES, ATTEMPT_STATES, type AttemptState, type OrderState, type OrderPurpose } from './domain/order.ts';
export { BREAKER_STATES, type AccountHealth, type BreakerState, type ChannelAccount, type Channels } from './channels/channels.ts';
export { type AccountSettings, type AlipaySettings, type CallLimits, type KeyReference, type WechatPaySettings } from './channels/settings.ts';
export {
  findSettlementPayments, findSettlementRefunds, hasSettlementLines, packedPayments, packedRefunds, SETTLEMENT_LOOK_UP_MAX, type PackedSettlement, type SettlementPayment, type SettlementRefund, type SettlementWindow,
} from './queries/settlement-lines.ts';
export { accountsOnOneBill, hasMerchantAccount, loadBillAccount, type BillAccount } from './queries/merchant-accounts.ts';
export { PAYMENT_EVENTS } from './events.ts';
export type {
  AppliedView, AttemptToAsk, ChannelAccounts, CloseReason, ExtraPostings, Observation, OrderPurposeOwner, OrderPurposes, PaidContext, PaymentAttempt, PaymentOrder, RecoveredBy, Surplus, SurplusReason, ViewItem, ViewSource,
} from './types.ts';
export { openOrder, ORDER_MINOR_MAX, type OpenOrder, type OpenOrderRejection } from './commands/open-order.ts';
export { offerOrder, type Offered, type OfferOrder, type OfferRejection } from './commands/offer-order.ts';
export { payOrderWithCode, type CodePaid, type PayOrderWithCode, type PayWithCodeRejection } from './commands/pay-with-code.ts';
export { applyPaymentViews, VIEWS_PER_BATCH_MAX } from './commands/apply-payment-views.ts';
export { applyConsulted, consultChannel } from './commands/consult-channel.ts';
export { closeOrder, type CloseOrder } from './commands/close-order.ts';
export { askChannel, type AskChannel } from './commands/ask-channel.ts';
export { walletTopUp } from './commands/wallet-top-up.ts';
export { auditPayments, type PaymentAuditCheck } from './queries/audit.ts';
export { createChannels, KEYS_AGE_MS_MAX, SETTINGS_AGE_MS_MAX, type ChannelDesk, type ChannelsOptions } from './channels/registry.ts';
export { CHANNEL_ORIGINS, DEFAULT_API_ADDRESS, DEFAULT_LIMITS, type SettingsRules } from './channels/settings.ts';
export { StatementFault, verifiedContent } from './channels/statement.ts';
export { unpackStatement } from './channels/unpack.ts';
export { addMerchantAccount, type AddMerchantAccountRejection, type NewMerchantAccount } from './commands/add-merchant-account.ts';
export { changeMerchantAccount, type ChangeMerchantAccountRejection, type MerchantAccountChange } from './commands/change-merchant-account.ts';
export { registerChannelRoutes } from './http/channels.ts';
export { applyForRefund, refundAccounts, refundableOf, RefundRaced, type RefundApplication, type RefundWithParts } from './refunds/apply-for-refund.ts';
export { auditRefund, withdrawRefund } from './refunds/audit-refund.ts';
export { auditRefunds } from './refunds/audit-refunds.ts';
export { startRefunds, type RefundLoop } from './refunds/refund-loop.ts';
export { registerRefundRoutes } from './http/refunds.ts';
export { changeTopUpSettings, checkTopUpSettings, loadTopUpSettings, topUpAllowed, topUpWarnings, type NewTopUpSettings, type TopUpSettings, type TopUpWarning } from './commands/top-up-settings.ts';
export { listOrders, type ListedOrder, type OrderFilter } from './queries/orders.ts';
export { orderStory, type OrderStory } from './queries/order-story.ts';
export { registerOrderRoutes, type OrderRoutes } from './http/orders.ts';
export { registerPayerRoutes } from './http/payer.ts';
export { chargebackWriteOffApproval, registerChargebackRoutes } from './http/chargebacks.ts';
export { recordChargeback, type ChargebackRejection, type NewChargeback } from './chargebacks/record-chargeback.ts';
export { takeChargebackFromFundFlow, type FundFlowChargeback, type FundFlowChargebackRejection } from './chargebacks/from-fund-flow.ts';
export { auditChargebacks } from './chargebacks/audit-chargebacks.ts';
export { registerCashbackRoutes } from './http/cashback.ts';
export { changeCashbackRules, currentCashbackRules, type CashbackRules } from './cashback/cashback-rules.ts';
export { cashDeskCashback } from './cashback/give-cashback.ts';
export { refundDoubtApproval, registerRefundDoubtRoutes } from './http/refund-doubts.ts';
export { findPaymentsByChannelNumber, takeRefundElsewhere, type PaymentElsewhere, type RefundElsewhere, type RefundElsewhereRejection } from './refunds-elsewhere/take-refund.ts';
export { giftsGoingBack } from './cashback/gifts-going-back.ts';
export { auditPromotions } from './cashback/audit-promotions.ts';
export { registerTopUpSettingsRoutes } from './http/top-up-settings.ts';
export { startPayments, type PaymentsOptions, type RunningPayments } from './start.ts';
export { openInbox, type Inbox } from './inbox/receive.ts';
export { auditInbox } from './inbox/audit-inbox.ts';
export { paymentsMetrics, silentPaymentsMetrics, type PaymentsMetrics } from './metrics.ts';
export { NOTIFY_PATH, registerNotifyRoute } from './http/notify.ts';
export { registerRecoveryRoutes } from './http/recovery.ts';
export { registerLossRoutes } from './http/losses.ts';
export { probeNotifyAddressesJob } from './jobs/probe-notify-addresses.ts';
export { applySurplus, type ApplySurplus, type ApplySurplusRejection } from './commands/apply-surplus.ts';
export { registerSurplusRoutes, surplusApproval, surplusGoneBackApproval } from './http/surplus.ts';
export { seeMerchantAccounts, type SeenAccount } from './queries/merchant-accounts.ts';
export { isKeyReference } from './channels/keys.ts';
export { inboxFigures } from './store/notifications.ts';
export { outstandingFigures } from './store/due-checks.ts';
export { unsettledOutcomes } from './queries/unsettled.ts';
