import { MS_PER_DAY, ok, refuse, type Clock, type Instant, type OperatorId, type Result } from '../../../kernel/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { countInSpan } from '../store/due-checks.ts';
import { insertRun, loadRun, runningRuns, setRunState, type RecoveryRun, type RunState } from '../store/recovery-runs.ts';

/** A span beyond this is asked for in parts; channels answer for a year and more, but nobody looks at such a run. */
export const RECOVERY_SPAN_DAYS_MAX = 92;
/** Of one operator: more would only share the same rate limit. */
export const RECOVERY_RUNS_AT_ONCE_MAX = 3;

export type RunRequest = { readonly commandId: string; readonly from: Instant; readonly to: Instant; readonly merchantAccountId: string | null; readonly requestedBy: string; readonly reason: string | null };

type RunRefused = { readonly code: 'recovery_span_invalid'; readonly daysMax: number } | { readonly code: 'recovery_runs_too_many'; readonly atOnceMax: number };
type RunChangeRefused = { readonly code: 'recovery_run_not_found' } | { readonly code: 'recovery_run_over'; readonly state: RunState };

/** A clerk asks the channels about all unpaid orders of a span. Idempotent by `commandId`, which becomes the run's id; the worker goes through it. */
export async function requestRecoveryRun(tx: Tx, operatorId: OperatorId, request: RunRequest, { clock }: { readonly clock: Clock }): Promise<Result<RecoveryRun, RunRefused>> {
  const known = await loadRun(tx, operatorId, request.commandId);
  if (known !== null) return ok(known);
  if (request.from >= request.to || request.to - request.from > RECOVERY_SPAN_DAYS_MAX * MS_PER_DAY) return refuse({ code: 'recovery_span_invalid', daysMax: RECOVERY_SPAN_DAYS_MAX });
  if (await runningRuns(tx, operatorId) >= RECOVERY_RUNS_AT_ONCE_MAX) return refuse({ code: 'recovery_runs_too_many', atOnceMax: RECOVERY_RUNS_AT_ONCE_MAX });
  const candidates = await countInSpan(tx, operatorId, request);
  await insertRun(tx, operatorId, { ...request, runId: request.commandId, candidates, requestedAt: clock.now() });
  announce(tx, 'payments.recovery');
  return ok((await loadRun(tx, operatorId, request.commandId))!);
}

const FROM: Readonly<Record<'running' | 'paused' | 'cancelled', readonly RunState[]>> = { running: ['paused'], paused: ['running'], cancelled: ['running', 'paused'] };

/** Pauses, resumes or cancels. Doing it again changes nothing; what a page under way finds is written all the same. */
export async function changeRecoveryRun(tx: Tx, operatorId: OperatorId, { runId, to }: { readonly runId: string; readonly to: 'running' | 'paused' | 'cancelled' }, { clock }: { readonly clock: Clock }): Promise<Result<RecoveryRun, RunChangeRefused>> {
  const run = await loadRun(tx, operatorId, runId, { lock: true });
  if (run === null) return refuse({ code: 'recovery_run_not_found' });
  if (run.state === to) return ok(run);
  if (!FROM[to].includes(run.state)) return refuse({ code: 'recovery_run_over', state: run.state });
  await setRunState(tx, operatorId, runId, { state: to, at: clock.now() });
  announce(tx, 'payments.recovery');
  return ok((await loadRun(tx, operatorId, runId))!);
}
