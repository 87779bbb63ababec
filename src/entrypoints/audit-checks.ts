import { auditCharging } from '../modules/charging/index.ts';
import { auditConformance, conformanceSubscriber } from '../modules/conformance/index.ts';
import { auditLedger } from '../modules/ledger/index.ts';
import { auditInbox, auditChargebacks, auditPayments, auditPromotions, auditRefunds } from '../modules/payments/index.ts';
import { auditReconciliation } from '../modules/reconciliation/index.ts';
import { auditReporting } from '../modules/reporting/index.ts';
import { auditRepair } from '../modules/repair/index.ts';
import { auditCoupons, auditWallets } from '../modules/wallets/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import { auditPlatform, OFFENDING_MAX, type AuditChecks, type AuditFinding } from '../platform/books-audit/index.ts';
import { REPAIR_SUBJECTS, undeliveredBills, undeliveredSubjects } from './repair-subjects.ts';

/** What a module's audit answers, invariant by invariant. */
type ModuleCheck = {
  readonly code: string; readonly about?: string; readonly checked: number; readonly failures: readonly { readonly id: string; readonly detail: string }[];
  readonly figures?: Readonly<Record<string, bigint>>;
};

const LEDGER_ABOUT: Readonly<Record<string, string>> = {
  ledger_debits_equal_credits: 'per asset, all debits equal all credits, posted and pending',
  ledger_balances_equal_entries: "every account's balances are the sums of its entries",
  ledger_limits_hold: 'no limited account is beyond its limit',
  ledger_transfers_have_accounts: 'every transfer moves between two accounts of its own ledger',
  ledger_pendings_settled_once: 'every pending transfer is posted, voided or expired at most once, and for no more than it held',
  ledger_hash_chain: 'the hash chain over all movements verifies: nothing booked was changed since',
};

const findingOf = ({ code, about, checked, failures, figures }: ModuleCheck): AuditFinding => ({
  check: code.replace('_', '.'), about: about ?? LEDGER_ABOUT[code] ?? code.replaceAll('_', ' '), checked, failed: failures.length,
  offending: failures.slice(0, OFFENDING_MAX).map((failure) => failure.id), details: failures.slice(0, OFFENDING_MAX).map((failure) => failure.detail),
  ...(figures ? { figures } : {}),
});

/** Every module's part of the audit, in the order in which it is printed. */
export const AUDIT_CHECKS: readonly AuditChecks[] = [
  async (tx) => (await auditLedger(tx, { operatorId: tx.operatorIds[0]! })).map(findingOf),
  async (tx) => (await auditWallets(tx)).map(findingOf),
  async (tx) => (await auditCoupons(tx)).map(findingOf),
  async (tx) => (await auditCharging(tx)).map(findingOf),
  async (tx) => (await auditPayments(tx, { clock: systemClock })).map(findingOf),
  async (tx) => (await auditInbox(tx, { clock: systemClock })).map(findingOf),
  async (tx) => (await auditRefunds(tx, { clock: systemClock })).map(findingOf),
  async (tx) => (await auditChargebacks(tx, { clock: systemClock })).map(findingOf),
  async (tx) => (await auditPromotions(tx, { clock: systemClock })).map(findingOf),
  async (tx) => (await auditReconciliation(tx, { clock: systemClock })).map(findingOf),
  async (tx) => (await auditReporting(tx)).map(findingOf),
  async (tx) => (await auditRepair(tx, { subjects: REPAIR_SUBJECTS, undelivered: undeliveredSubjects })).map(findingOf),
  async (tx) => (await auditConformance(tx, { undelivered: (of) => undeliveredBills(of, conformanceSubscriber.name) })).map(findingOf),
  auditPlatform,
];
