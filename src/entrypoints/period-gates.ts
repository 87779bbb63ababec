import type { PeriodClosed, PeriodGate } from '../modules/ledger/index.ts';
import { unsettledOutcomes } from '../modules/payments/index.ts';
import { closeMonth, openBreaksUntil } from '../modules/reconciliation/index.ts';
import { AUDIT_CHECKS } from './audit-checks.ts';

/** Who keeps a business date and so keeps out of a month once it is closed. One line a module. */
export const PERIOD_CLOSED: readonly PeriodClosed[] = [closeMonth];

/** What may stand against closing an accounting month. One line a gate. */
export const PERIOD_GATES: readonly PeriodGate[] = [
  { gate: 'open_breaks', about: 'differences between the channels\' statements and ours that nobody has explained', find: (tx, { until }) => openBreaksUntil(tx, until) },
  { gate: 'unknown_outcomes', about: 'payments and refunds whose outcome nobody knows yet', find: (tx, { until, timeZone }) => unsettledOutcomes(tx, { until, timeZone }) },
  {
    gate: 'failing_audit', about: 'invariants of the books that do not hold',
    find: async (tx) => {
      const failing: string[] = [];
      for (const check of AUDIT_CHECKS) failing.push(...(await check(tx)).filter(({ failed }) => failed > 0).map((finding) => finding.check));
      return { count: failing.length, examples: failing };
    },
  },
];
