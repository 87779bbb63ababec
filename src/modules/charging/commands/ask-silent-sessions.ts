import { addMs, MS_PER_HOUR, MS_PER_MINUTE, type Clock, type Instant, type Result } from '../../../kernel/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { gapsToAsk, insertAnswers, insertQuestion, openQuestions, silentToAsk, type StatusAnswer, type ToAsk } from '../store/status-questions.ts';
import { startWorking } from './working.ts';

/** Sessions that are asked about by one call. */
export const STATUS_QUESTIONS_PER_CALL_MAX = 100;
/** Questions about one session, however long it is silent. */
export const STATUS_QUESTIONS_PER_SESSION_MAX = 48;
/** An answer that comes later than this is read no more. */
const ANSWERS_AWAITED_MS = MS_PER_HOUR;
/** A gap is one once its neighbours have been here for a minute, in a session that is heard of. */
const GAP_SETTLED_MS = MS_PER_MINUTE, GAP_HEARD_WITHIN_MS = 10 * MS_PER_MINUTE;

/** Who asked, as the command's requester shows it. */
export const SILENCE_ACTOR = 'rule:silent_session';
export type AskOptions = {
  readonly clock: Clock;
  /** Queues the question with the charge point, in this transaction; registered at the composition root, because charging knows no protocol. */
  readonly ask: (tx: Tx, question: Pick<ToAsk, 'chargePointId' | 'evseNumber' | 'transactionRef'> & { readonly requestedBy: string }) => Promise<Result<{ readonly commandId: string }, { readonly code: string }>>;
  /** What became of such questions; those that have no answer, or an unreadable one, are missing. */
  readonly answers: (tx: Tx, commandIds: readonly string[]) => Promise<ReadonlyMap<string, StatusAnswer>>;
};

/**
 * Asks charge points about sessions that have said nothing for half of the operator's deadline, and about those whose sequence numbers have a gap
 * (OCPP 2.0.1 E14; OCPP 1.6 knows no such question and is asked for its status and meter), and keeps what they answer. `sweepSilentSessions` decides
 * by it. Nothing waits for an answer: without one everything is as if nobody had asked. Safe in several processes: an attempt is one row.
 */
export async function askSilentSessions(odb: OperatorDatabase, options: AskOptions): Promise<{ readonly asked: number; readonly answered: number }> {
  return odb.transaction(async (tx) => {
    const answered = await readAnswers(tx, options);
    const now = options.clock.now();
    const { silenceDeadlineS } = await startWorking(tx, options.clock).policy();
    const halfMs = silenceDeadlineS * 500;
    const limits = { attemptsMax: STATUS_QUESTIONS_PER_SESSION_MAX, countMax: STATUS_QUESTIONS_PER_CALL_MAX };
    const silent = await silentToAsk(tx, { quietSince: addMs(now, -halfMs), notSince: addMs(now, -halfMs / 2), ...limits });
    const gaps = await gapsToAsk(tx, { saidSince: addMs(now, -GAP_HEARD_WITHIN_MS), saidBy: addMs(now, -GAP_SETTLED_MS), ...limits });
    const known = new Set(silent.map(({ sessionId }) => sessionId));
    let asked = 0;
    for (const each of [...silent, ...gaps.filter(({ sessionId }) => !known.has(sessionId))]) if (await askOne(tx, each, now, options)) asked++;
    return { asked, answered };
  });
}

async function askOne(tx: Tx, { sessionId, attempts, why, ...of }: ToAsk, askedAt: Instant, { ask }: AskOptions): Promise<boolean> {
  const queued = await ask(tx, { ...of, requestedBy: SILENCE_ACTOR });
  return insertQuestion(tx, { sessionId, attempt: attempts + 1, why, askedAt, commandId: queued.ok ? queued.value.commandId : null, refused: queued.ok ? null : queued.error.code });
}

async function readAnswers(tx: Tx, { clock, answers }: AskOptions): Promise<number> {
  const open = await openQuestions(tx, addMs(clock.now(), -ANSWERS_AWAITED_MS), STATUS_QUESTIONS_PER_CALL_MAX * 2);
  if (open.length === 0) return 0;
  const said = await answers(tx, open.map(({ commandId }) => commandId));
  const found = open.flatMap(({ sessionId, attempt, commandId }) => {
    const answer = said.get(commandId);
    return answer === undefined ? [] : [{ sessionId, attempt, ...answer }];
  });
  await insertAnswers(tx, found);
  return found.length;
}


/** Asks charge points about sessions that fell silent. */
export const askSilentSessionsJob = (options: Omit<AskOptions, 'clock'>): Job => ({
  name: 'ask_silent_sessions', about: 'Asks charge points what became of sessions that say nothing or leave gaps, and keeps the answers.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
  run: async (context) => {
    let asked = 0, answered = 0;
    const operators = await forEachOperator(context, async (operatorId) => {
      const done = await askSilentSessions(context.database.forOperator(operatorId), { clock: context.clock, ...options });
      asked += done.asked;
      answered += done.answered;
    });
    return { operators, asked, answered };
  },
});
