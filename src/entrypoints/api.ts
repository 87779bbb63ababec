import type { OperatorId } from '../kernel/index.ts';
import { registerAccessRoutes } from '../modules/access/http/index.ts';
import { authenticator, nameActors } from '../modules/access/index.ts';
import { registerChargingPolicyRoutes, registerChargingRoutes } from '../modules/charging/index.ts';
import { registerSupportCaseRoutes } from '../modules/cases/index.ts';
import { registerMakeRoutes } from '../modules/conformance/index.ts';
import { registerImportRoutes } from '../modules/imports/index.ts';
import { periodCloseApproval, registerPeriodRoutes } from '../modules/ledger/index.ts';
import { placesSeen, registerChargePointRoutes, registerStationRoutes, timeZoneOf } from '../modules/locations/index.ts';
import { registerGatewayRoutes } from '../modules/ocpp-gateway/index.ts';
import { registerPartiesRoutes } from '../modules/parties/http/index.ts';
import { loadOperator } from '../modules/parties/index.ts';
import { chargebackWriteOffApproval, registerCashbackRoutes, registerChargebackRoutes, registerChannelRoutes, registerLossRoutes, registerOrderRoutes, registerPayerRoutes, refundDoubtApproval, registerRecoveryRoutes, registerRefundDoubtRoutes, registerRefundRoutes, registerSurplusRoutes, registerTopUpSettingsRoutes, surplusApproval, surplusGoneBackApproval } from '../modules/payments/index.ts';
import { registerReconciliationRoutes, writeOffApproval } from '../modules/reconciliation/index.ts';
import { registerRepairRoutes } from '../modules/repair/index.ts';
import { publishPeriodApproval, registerReportingRoutes } from '../modules/reporting/index.ts';
import { registerTariffRoutes } from '../modules/tariffs/index.ts';
import { adjustmentApproval, cashDeskApproval, couponGiftApproval, registerAdjustmentRoutes, registerCouponRoutes, registerStandingRoutes, registerWalletRoutes } from '../modules/wallets/index.ts';
import { approvalKinds } from '../platform/approvals/index.ts';
import { registerApprovalRoutes } from '../platform/approvals/routes.ts';
import { registerAuditLogRoutes } from '../platform/audit-log/routes.ts';
import type { CurrencyCode } from '../kernel/index.ts';
import type { Tx } from '../platform/database/index.ts';
import { createApi, type Api, type ApiOptions } from '../platform/http/index.ts';
import type { LiveUpdates } from '../platform/live-updates/index.ts';
import { registerEventRoutes } from '../platform/live-updates/routes.ts';
import { registerOperationsRoutes } from '../platform/nodes/routes.ts';
import { registerBooksRoutes } from './books-routes.ts';
import { CASE_FINDERS, CAUSES, makesOf } from './case-finders.ts';
import { openAbnormalBills } from './open-abnormal-bills.ts';
import { idlePaymentChannels, type PaymentChannels } from './payment-channels.ts';
import { CASH_DESK_GIFTS, GIFTS_GOING_BACK, PAYMENT_PURPOSES } from './payment-purposes.ts';
import { PERIODS } from './period-gates.ts';
import { correctBillApproval, nameRepairPlaces, REPAIR_SUBJECTS } from './repair-subjects.ts';

/** `live` feeds `/api/v1/events`; without it (the contract, most tests) the stream opens and stays quiet. */
export type ComposeOptions = Omit<ApiOptions, 'authenticate'> & { readonly live?: LiveUpdates; /** Whoever gives them closes them. */ readonly payments?: PaymentChannels; /** Starts writing files that were asked for; else the job does within a minute. */ readonly wakeExports?: (operatorId: OperatorId) => void; /** Works bulk repairs that were started; else the job does within a minute. */ readonly wakeBulkRepairs?: (operatorId: OperatorId) => void; /** Works tables that were started; else the job does within a minute. */ readonly wakeImports?: (operatorId: OperatorId) => void };
const QUIET: LiveUpdates = { subscribe: () => () => undefined, close: () => Promise.resolve() };

const operatorCurrency = async (tx: Tx): Promise<CurrencyCode> => (await loadOperator(tx)).currency;
const operatorTimeZone = async (tx: Tx): Promise<string> => (await loadOperator(tx)).timeZone;

/** What may wait for a second person, each with what its owner does once it is approved. One line a kind. */
const APPROVAL_KINDS = approvalKinds([
  adjustmentApproval(GIFTS_GOING_BACK), correctBillApproval, cashDeskApproval(CASH_DESK_GIFTS), writeOffApproval({ currencyOf: operatorCurrency }), surplusApproval, surplusGoneBackApproval, refundDoubtApproval, couponGiftApproval, chargebackWriteOffApproval, publishPeriodApproval, periodCloseApproval,
]);

/** The HTTP API with every module's routes. One line a module. */
export async function composeApi({ live = QUIET, payments: given, wakeExports, wakeBulkRepairs, wakeImports, ...options }: ComposeOptions): Promise<Api> {
  const payments = given ?? idlePaymentChannels(options);
  const api = await createApi({ ...options, authenticate: authenticator(options.database, options) });
  registerAuditLogRoutes(api, { nameActors });
  registerApprovalRoutes(api, { kinds: APPROVAL_KINDS });
  registerEventRoutes(api, live);
  registerOperationsRoutes(api);
  registerPartiesRoutes(api);
  registerAccessRoutes(api);
  registerStationRoutes(api);
  registerChargePointRoutes(api);
  registerGatewayRoutes(api);
  registerWalletRoutes(api, { nameActors, cashDeskGifts: CASH_DESK_GIFTS });
  registerAdjustmentRoutes(api, { gifts: GIFTS_GOING_BACK });
  registerCouponRoutes(api);
  registerStandingRoutes(api);
  registerChargingRoutes(api, { nameActors });
  registerChargingPolicyRoutes(api, { nameActors });
  registerTariffRoutes(api, { currencyOf: async (tx) => (await loadOperator(tx)).currency, timeZoneOf, stationsSeen: placesSeen });
  registerChannelRoutes(api, { ...payments, nameActors });
  registerOrderRoutes(api, { channels: payments.channels, purposes: PAYMENT_PURPOSES, nameActors });
  registerPayerRoutes(api, { channels: payments.channels, purposes: PAYMENT_PURPOSES });
  registerTopUpSettingsRoutes(api);
  registerCashbackRoutes(api);
  registerChargebackRoutes(api, { nameActors });
  registerSurplusRoutes(api, { nameActors });
  registerRefundDoubtRoutes(api, { nameActors });
  registerRefundRoutes(api, { channels: payments.channels, nameActors });
  registerRecoveryRoutes(api, { nameActors });
  registerLossRoutes(api);
  registerReconciliationRoutes(api, { nameActors, currencyOf: operatorCurrency });
  registerBooksRoutes(api);
  registerReportingRoutes(api, { nameActors, openAbnormalBills, ...(wakeExports ? { wake: wakeExports } : {}) });
  registerMakeRoutes(api, { nameActors, ...(wakeExports ? { wake: wakeExports } : {}) });
  registerRepairRoutes(api, { subjects: REPAIR_SUBJECTS, nameActors, currencyOf: operatorCurrency, namePlaces: nameRepairPlaces, placesSeen, ...(wakeBulkRepairs ? { wake: wakeBulkRepairs } : {}) });
  registerSupportCaseRoutes(api, { nameActors, finders: CASE_FINDERS, causes: CAUSES, makesOf });
  registerImportRoutes(api, { nameActors, timeZoneOf: operatorTimeZone, ...(wakeImports ? { wake: wakeImports } : {}) });
  registerPeriodRoutes(api, { ...PERIODS, nameActors });
  return api;
}
