import type { ChargePointId, Instant, SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { onlyOperator } from './sessions.ts';

/** What a charge point answered to the question about a transaction. */
export type StatusAnswer = { readonly ongoing: boolean | null; readonly messagesInQueue: boolean; readonly answeredAt: Instant };
export type QuestionReason = 'silent' | 'gap';
export type ToAsk = { readonly sessionId: SessionId; readonly chargePointId: ChargePointId; readonly evseNumber: number | null; readonly transactionRef: string; readonly attempts: number; readonly why: QuestionReason };

/** Open sessions that have said nothing since `quietSince`, and were not asked about since `notSince`, the quietest first. */
export const silentToAsk = (tx: Tx, { quietSince, notSince, attemptsMax, countMax }: { readonly quietSince: Instant; readonly notSince: Instant; readonly attemptsMax: number; readonly countMax: number }): Promise<ToAsk[]> => tx.query<ToAsk>({
  name: 'charging_silent_to_ask',
  text: `select s.session_id as "sessionId", s.charge_point_id as "chargePointId", s.evse_number as "evseNumber", s.transaction_ref as "transactionRef", asked.attempts, 'silent' as why
    from charging.session s
    cross join lateral (select count(*)::int as attempts, max(q.asked_at) as asked_at from charging.status_question q where q.operator_id = $1 and q.session_id = s.session_id) asked
    where s.operator_id = $1 and s.state = 'active' and s.last_recorded_at <= $2 and asked.attempts < $4 and (asked.asked_at is null or asked.asked_at <= $3)
    order by s.last_recorded_at, s.session_id limit $5`,
}, [onlyOperator(tx), sqlTimestamp(quietSince), sqlTimestamp(notSince), attemptsMax, countMax]);

/**
 * Open OCPP 2.0.1 sessions whose sequence numbers have a gap among what was said until `saidBy`, so that no frame on its way is taken for a lost
 * one, and that were never asked about for it.
 */
export const gapsToAsk = (tx: Tx, { saidSince, saidBy, attemptsMax, countMax }: { readonly saidSince: Instant; readonly saidBy: Instant; readonly attemptsMax: number; readonly countMax: number }): Promise<ToAsk[]> => tx.query<ToAsk>({
  name: 'charging_gaps_to_ask',
  text: `select s.session_id as "sessionId", s.charge_point_id as "chargePointId", s.evse_number as "evseNumber", s.transaction_ref as "transactionRef",
      (select count(*)::int from charging.status_question q where q.operator_id = $1 and q.session_id = s.session_id) as attempts, 'gap' as why
    from charging.session s
    cross join lateral (select count(distinct f.seq_no) as seen, max(f.seq_no) - min(f.seq_no) + 1 as spanned from charging.fact f
      where f.operator_id = $1 and f.session_id = s.session_id and f.seq_no is not null and f.recorded_at <= $3 offset 0) said
    where s.operator_id = $1 and s.state = 'active' and s.transaction_ref like 'v201:%' and s.last_recorded_at >= $2 and said.seen < said.spanned
      and not exists (select 1 from charging.status_question q where q.operator_id = $1 and q.session_id = s.session_id and (q.why = 'gap' or q.attempt >= $4))
    order by s.session_id limit $5`,
}, [onlyOperator(tx), sqlTimestamp(saidSince), sqlTimestamp(saidBy), attemptsMax, countMax]);

export type Question = { readonly sessionId: SessionId; readonly attempt: number; readonly why: QuestionReason; readonly commandId: string | null; readonly refused: string | null; readonly askedAt: Instant };
/** Two that ask at once ask under the same number, and one of the rows stays. @returns whether this one did. */
export async function insertQuestion(tx: Tx, question: Question): Promise<boolean> {
  return await tx.execute(
    'insert into charging.status_question (operator_id, session_id, attempt, why, command_id, refused, asked_at) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing',
    [onlyOperator(tx), question.sessionId, question.attempt, question.why, question.commandId, question.refused, sqlTimestamp(question.askedAt)]) === 1;
}

export type OpenQuestion = { readonly sessionId: SessionId; readonly attempt: number; readonly commandId: string };
/** Questions of open sessions that were asked since `since` and have no answer yet. */
export const openQuestions = (tx: Tx, since: Instant, countMax: number): Promise<OpenQuestion[]> => tx.query<OpenQuestion>({
  name: 'charging_open_questions',
  text: `select q.session_id as "sessionId", q.attempt, q.command_id as "commandId" from charging.status_question q
    join charging.session s on s.operator_id = q.operator_id and s.session_id = q.session_id and s.state = 'active'
    where q.operator_id = $1 and q.asked_at >= $2 and q.command_id is not null
      and not exists (select 1 from charging.status_answer a where a.operator_id = $1 and a.session_id = q.session_id and a.attempt = q.attempt)
    order by q.asked_at, q.session_id limit $3`,
}, [onlyOperator(tx), sqlTimestamp(since), countMax]);

export async function insertAnswers(tx: Tx, answers: readonly (StatusAnswer & { readonly sessionId: SessionId; readonly attempt: number })[]): Promise<void> {
  if (answers.length === 0) return;
  await tx.execute(
    `insert into charging.status_answer (operator_id, session_id, attempt, ongoing, messages_in_queue, answered_at)
     select $1, * from unnest($2::uuid[], $3::int[], $4::boolean[], $5::boolean[], $6::timestamptz[]) on conflict do nothing`,
    [onlyOperator(tx), answers.map((a) => a.sessionId), answers.map((a) => a.attempt), answers.map((a) => a.ongoing), answers.map((a) => a.messagesInQueue), answers.map((a) => sqlTimestamp(a.answeredAt))]);
}

/** Of these sessions the first answer that said: it is over, and nothing more will come. Only what was answered after the session's last word counts. */
export async function overAnswers(tx: Tx, sessionIds: readonly SessionId[]): Promise<Map<SessionId, Instant>> {
  if (sessionIds.length === 0) return new Map();
  const rows = await tx.query<{ sessionId: SessionId; at: Instant }>({
    name: 'charging_over_answers',
    text: `select a.session_id as "sessionId", min(a.answered_at) as "at" from charging.status_answer a
      join charging.session s on s.operator_id = a.operator_id and s.session_id = a.session_id
      where a.operator_id = $1 and a.session_id = any((select $2::uuid[])::uuid[]) and a.ongoing = false and not a.messages_in_queue and a.answered_at >= s.last_recorded_at group by a.session_id`,
  }, [onlyOperator(tx), sessionIds]);
  return new Map(rows.map(({ sessionId, at }) => [sessionId, at]));
}
