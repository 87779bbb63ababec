import { addMs, MS_PER_DAY, MS_PER_SECOND, ok, refuse, type Clock, type Instant, type OperatorId, type Result, type UserId } from '../../../kernel/index.ts';
import { recordAct, type ActOrigin } from '../../../platform/audit-log/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Database, type Tx } from '../../../platform/database/index.ts';
import { findOperatorByCode } from '../../parties/index.ts';
import { hashPassword, verifyNobodysPassword, verifyPassword } from '../password.ts';
import { newSessionToken } from '../secret-token.ts';

/** A log-in ends at this age, however much it is used. */
export const SESSION_AGE_MS_MAX = 30 * MS_PER_DAY;
/** Failures from one address that cost nothing: people mistype. */
export const FREE_FAILURES_MAX = 5;
/** The wait doubles with each further failure up to this. The account is never locked: whoever knows the password gets in after a minute. */
export const LOG_IN_WAIT_MS_MAX = 60 * MS_PER_SECOND;

export type LogIn = {
  readonly operatorCode: string;
  readonly logInName: string;
  readonly password: string;
  /** At the limit of sessions, end one's own oldest instead of being refused. */
  readonly endOldest?: boolean;
  readonly from: ActOrigin & { readonly ip: string };
};
export type LogInRejection =
  | { readonly code: 'log_in_throttled'; readonly retryAfterSeconds: number }
  | { readonly code: 'log_in_refused' }
  | { readonly code: 'session_limit_reached'; readonly sessionsMax: number; readonly oldest: { readonly ip: string; readonly userAgent: string | null; readonly lastUsedAt: Instant } };
export type LoggedIn = { readonly token: string; readonly sessionId: string; readonly userId: UserId; readonly operatorId: OperatorId };

type Account = { userId: UserId; passwordHash: string; status: 'active' | 'disabled'; sessionsMax: number };

/**
 * Opens a web session. Checks in this order: too many failures, operator and account and password (one answer for all three, in
 * about the same time), number of sessions (C-04).
 */
export async function logIn(database: Database, attempt: LogIn, { clock }: { clock: Clock }): Promise<Result<LoggedIn, LogInRejection>> {
  const operatorId = await findOperatorByCode(database, attempt.operatorCode);
  if (operatorId === null) {
    await verifyNobodysPassword(attempt.password);
    return refuse({ code: 'log_in_refused' });
  }
  const logInName = attempt.logInName.trim().toLowerCase().slice(0, 64);
  const operator = database.forOperator(operatorId);
  const { account, waitMs } = await operator.transaction(async (tx) => ({
    account: await findAccount(tx, operatorId, logInName), waitMs: await remainingWait(tx, { operatorId, logInName, ip: attempt.from.ip }, clock.now()),
  }));
  if (waitMs > 0) return refuse({ code: 'log_in_throttled', retryAfterSeconds: Math.ceil(waitMs / MS_PER_SECOND) });
  // Outside a transaction: a hash takes tens of milliseconds, a connection should not wait for it.
  const { right, outdated } = account ? await verifyPassword(attempt.password, account.passwordHash) : await nobody(attempt.password);
  if (!account || !right || account.status !== 'active') {
    await operator.transaction((tx) => recordFailure(tx, { operatorId, logInName, account, attempt }, { clock }));
    return refuse({ code: 'log_in_refused' });
  }
  const freshHash = outdated ? await hashPassword(attempt.password) : null;
  return operator.transaction((tx) => openSession(tx, { operatorId, logInName, account, attempt, freshHash }, { clock }));
}

async function nobody(password: string): Promise<{ right: false; outdated: false }> {
  await verifyNobodysPassword(password);
  return { right: false, outdated: false };
}

async function findAccount(tx: Tx, operatorId: OperatorId, logInName: string): Promise<Account | null> {
  const [row] = await tx.query<Account>(
    `select user_id as "userId", password_hash as "passwordHash", status, sessions_max as "sessionsMax"
     from access.user_account where operator_id = $1 and log_in_name = $2`, [operatorId, logInName]);
  return row ?? null;
}

async function remainingWait(tx: Tx, key: { operatorId: OperatorId; logInName: string; ip: string }, now: Instant): Promise<number> {
  const [row] = await tx.query<{ failures: number; lastFailedAt: Instant }>(
    'select failures, last_failed_at as "lastFailedAt" from access.log_in_failure where operator_id = $1 and log_in_name = $2 and ip = $3',
    [key.operatorId, key.logInName, key.ip]);
  if (!row || row.failures < FREE_FAILURES_MAX) return 0;
  const wait = Math.min(LOG_IN_WAIT_MS_MAX, MS_PER_SECOND * 2 ** Math.min(16, row.failures - FREE_FAILURES_MAX));
  return Math.max(0, row.lastFailedAt + wait - now);
}

type FailedAttempt = { operatorId: OperatorId; logInName: string; account: Account | null; attempt: LogIn };
async function recordFailure(tx: Tx, { operatorId, logInName, account, attempt }: FailedAttempt, { clock }: { clock: Clock }): Promise<void> {
  await tx.execute(
    `insert into access.log_in_failure (operator_id, log_in_name, ip, failures, last_failed_at) values ($1, $2, $3, 1, $4)
     on conflict (operator_id, log_in_name, ip) do update set failures = log_in_failure.failures + 1, last_failed_at = excluded.last_failed_at`,
    [operatorId, logInName, attempt.from.ip, sqlTimestamp(clock.now())]);
  if (account) {
    await recordAct(tx, { actor: { kind: 'system' }, from: attempt.from, act: 'access.refuse_log_in', subject: { kind: 'user', id: account.userId } }, { clock });
  }
}

type OpenAttempt = { operatorId: OperatorId; logInName: string; account: Account; attempt: LogIn; freshHash: string | null };
async function openSession(tx: Tx, { operatorId, logInName, account, attempt, freshHash }: OpenAttempt, { clock }: { clock: Clock }): Promise<Result<LoggedIn, LogInRejection>> {
  const now = clock.now();
  // Log-ins of one account take turns, so that two at once cannot both be the last one allowed.
  await tx.query('select 1 from access.user_account where operator_id = $1 and user_id = $2 for update', [operatorId, account.userId]);
  const open = await tx.query<{ sessionId: string; ip: string; userAgent: string | null; lastUsedAt: Instant }>(
    `select session_id as "sessionId", host(ip) as ip, user_agent as "userAgent", last_used_at as "lastUsedAt" from access.web_session
     where operator_id = $1 and user_id = $2 and ended_at is null and expires_at > $3 order by created_at, session_id`,
    [operatorId, account.userId, sqlTimestamp(now)]);
  const tooMany = open.length - account.sessionsMax + 1;
  if (tooMany > 0 && !attempt.endOldest) {
    const { ip, userAgent, lastUsedAt } = open[0]!;
    return refuse({ code: 'session_limit_reached', sessionsMax: account.sessionsMax, oldest: { ip, userAgent, lastUsedAt } });
  }
  const actor = { kind: 'user', id: account.userId } as const;
  for (const { sessionId } of tooMany > 0 ? open.slice(0, tooMany) : []) {
    await tx.execute(
      `update access.web_session set ended_at = $3, ended_because = 'session_limit' where operator_id = $1 and session_id = $2`, [operatorId, sessionId, sqlTimestamp(now)]);
    await recordAct(tx, { actor, from: attempt.from, act: 'access.end_session', subject: { kind: 'web_session', id: sessionId }, after: { because: 'session_limit' } }, { clock });
  }
  await tx.execute('update access.log_in_failure set failures = 0 where operator_id = $1 and log_in_name = $2 and ip = $3 and failures > 0', [operatorId, logInName, attempt.from.ip]);
  if (freshHash) await tx.execute('update access.user_account set password_hash = $3 where operator_id = $1 and user_id = $2', [operatorId, account.userId, freshHash]);
  const sessionId = newUuid();
  const { token, hash } = newSessionToken(operatorId);
  await tx.execute(
    `insert into access.web_session (operator_id, session_id, user_id, token_hash, ip, user_agent, created_at, last_used_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $7, $8)`,
    [operatorId, sessionId, account.userId, hash, attempt.from.ip, attempt.from.userAgent, sqlTimestamp(now), sqlTimestamp(addMs(now, SESSION_AGE_MS_MAX))]);
  await recordAct(tx, { actor, from: attempt.from, act: 'access.log_in', subject: { kind: 'web_session', id: sessionId } }, { clock });
  return ok({ token, sessionId, userId: account.userId, operatorId });
}
