import { MS_PER_HOUR, MS_PER_MINUTE } from '../kernel/index.ts';
import { askSilentSessionsJob, backtestRulesJob, guardBalancesJob, sweepAllSilentSessions } from '../modules/charging/index.ts';
import { endQuietCasesJob } from '../modules/cases/index.ts';
import { conformanceSubscriber, countConformanceJob, writeEvidenceJob } from '../modules/conformance/index.ts';
import { importTablesJob } from '../modules/imports/index.ts';
import { checkpointAccounts, closePeriodsJob, expirePending, extendHashChain } from '../modules/ledger/index.ts';
import { askAboutTransaction, makeFramePartitionsJob, requestCommand, transactionStatuses } from '../modules/ocpp-gateway/index.ts';
import { probeNotifyAddressesJob, type Channels } from '../modules/payments/index.ts';
import { sqlTimestamp } from '../platform/database/index.ts';
import { loadOperator } from '../modules/parties/index.ts';
import { reconcileDaysJob } from '../modules/reconciliation/index.ts';
import { reportingSubscriber, writeExportsJob } from '../modules/reporting/index.ts';
import { expireCouponsJob } from '../modules/wallets/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import { caseSubscriber } from './case-finders.ts';
import { PAYMENT_PURPOSES } from './payment-purposes.ts';
import { PERIODS } from './period-gates.ts';
import { REPAIR_JOBS } from './repair-jobs.ts';
import { repairSubscriber } from './repair-subjects.ts';
import { forEachOperator, measureTables, type Job } from '../platform/jobs/index.ts';
import type { Subscriber } from '../platform/outbox/index.ts';

/** Every job that ships with the program. One that is missing here is one that nobody runs (P-16). */
export const JOBS: readonly Job[] = [
  {
    name: 'expire_pending', about: 'Releases reserved money whose time has passed.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
    run: async (context) => {
      let expired = 0;
      const operators = await forEachOperator(context, async (operatorId) => {
        expired += (await expirePending(context.database.forOperator(operatorId), context)).length;
      });
      return { operators, expired };
    },
  },
  {
    name: 'checkpoint_accounts', about: 'Folds what moved on unlimited accounts into their rows, so that a balance stays a short sum.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
    run: async (context) => {
      let movements = 0;
      const operators = await forEachOperator(context, async (operatorId) => {
        for (let folded = -1; folded !== 0;) movements += folded = (await checkpointAccounts(context.database.forOperator(operatorId))).movements;
      });
      return { operators, movements };
    },
  },
  {
    name: 'extend_hash_chain', about: 'Links what was booked into the hash chain that the audit verifies.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
    run: async (context) => {
      let movements = 0;
      const operators = await forEachOperator(context, async (operatorId) => {
        for (let covered = -1; covered !== 0;) movements += covered = await extendHashChain(context.database.forOperator(operatorId));
      });
      return { operators, movements };
    },
  },
  {
    name: 'sweep_silent_sessions', about: 'Closes, by what is known of them, sessions whose charge point fell silent.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
    run: async ({ database, clock }) => ({ closed: await sweepAllSilentSessions(database, { clock }) }),
  },
  {
    name: 'forget_idempotency_keys', about: 'Deletes answers of HTTP calls that nobody can ask for any more.', cron: '23 * * * *', everyMs: MS_PER_HOUR,
    run: async (context) => {
      let forgotten = 0;
      const operators = await forEachOperator(context, async (operatorId) => {
        forgotten += await context.database.forOperator(operatorId).transaction((tx) =>
          tx.execute('delete from platform.idempotency_key where operator_id = $1 and expires_at < $2', [operatorId, sqlTimestamp(context.clock.now())]));
      });
      return { operators, forgotten };
    },
  },
  askSilentSessionsJob({ ask: (tx, question) => askAboutTransaction(tx, question, { clock: systemClock }), answers: transactionStatuses }),
  backtestRulesJob,
  expireCouponsJob,
  closePeriodsJob(PERIODS),
  importTablesJob,
  endQuietCasesJob,
  guardBalancesJob({ stop: (tx, { chargePointId, transactionRef, requestedBy }) => requestCommand(tx, { chargePointId, command: { kind: 'remote_stop', transactionRef }, requestedBy }, { clock: systemClock }) }),
  makeFramePartitionsJob,
  writeExportsJob,
  countConformanceJob,
  writeEvidenceJob,
  measureTables,
  ...REPAIR_JOBS,
];

/** With those that need the payment channels of the process. */
export const jobsWith = (channels: Pick<Channels, 'accountsOf' | 'forAccount'>): readonly Job[] => [
  ...JOBS, probeNotifyAddressesJob(channels),
  reconcileDaysJob({ channels, purposes: PAYMENT_PURPOSES, currencyOf: (odb) => odb.transaction(async (tx) => (await loadOperator(tx)).currency) }),
];
/** What there ought to be, for whoever only looks. */
export const SHIPPED_JOBS: readonly Pick<Job, 'name' | 'about' | 'everyMs'>[] = jobsWith({ accountsOf: () => Promise.resolve([]), forAccount: () => Promise.reject(new Error('nothing is worked by whoever only looks')) });

/** Who is told of which events. */
export const SUBSCRIBERS: readonly Subscriber[] = [reportingSubscriber({ clock: systemClock }), repairSubscriber(systemClock), caseSubscriber, conformanceSubscriber];
