import type { PeriodClosed, PeriodGate, PeriodRules } from '../modules/ledger/index.ts';
import { loadOperator } from '../modules/parties/index.ts';
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
    gate: 'failing_audit', about: 'invariants of the books that do not hold', slow: true,
    find: async (tx, { progress }) => {
      const failing: string[] = [];
      // Joins are hashed or merged even where missing statistics make a nested loop look cheap: every check reads whole tables.
      await tx.execute('set local enable_nestloop = off');
      for (const check of AUDIT_CHECKS) {
        failing.push(...(await check(tx)).filter(({ failed }) => failed > 0).map((finding) => finding.check));
        await progress?.();
      }
      return { count: failing.length, examples: failing };
    },
  },
];

/** What closing an accounting month is made of: for the routes that ask for it and the job that does it. */
export const PERIODS: PeriodRules = { gates: PERIOD_GATES, closed: PERIOD_CLOSED, timeZoneOf: async (tx) => (await loadOperator(tx)).timeZone };
