import type { Instant, SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type OperatorDatabase, type Tx } from '../../../platform/database/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { tariffsForAll } from '../../tariffs/index.ts';
import { pricing } from '../commands/settle-sessions.ts';
import { together } from '../commands/together.ts';
import type { AnomalyRules } from '../domain/anomaly-rules.ts';
import { addToTally, resultOf, startTally, type BacktestBill, type BacktestResult, type ChangedBill } from '../domain/backtest.ts';
import { derive, openingOf, type SessionOpening } from '../domain/derive.ts';
import { isTimeInDoubt } from '../domain/flag.ts';
import { EMPTY_CHAIN } from '../domain/register-chain.ts';
import { loadCircumstances, sessionContext } from '../store/circumstances.ts';
import { loadFacts } from '../store/facts.ts';
import { registersBefore } from '../store/meters.ts';
import { findOverlaps } from '../store/overlaps.ts';
import { loadPolicy } from '../store/policy.ts';
import { onlyOperator, readSessions } from '../store/sessions.ts';

/** Sessions judged between two looks at the database. */
export const BACKTEST_PAGE = 300;
export type BacktestRange = { readonly from: Instant | null; readonly to: Instant | null };
export type BacktestProgress = { readonly done: number; readonly of: number; /** Bills of this page that would come out differently. */ readonly changed: readonly ChangedBill[] };
export type BacktestRun = BacktestRange & {
  readonly oldRules: AnomalyRules; readonly newRules: AnomalyRules; readonly signal?: AbortSignal; readonly onProgress?: (progress: BacktestProgress) => void | Promise<void>;
};
type Key = { readonly startedAt: Instant; readonly sessionId: SessionId };

/**
 * Judges stored sessions by two sets of rules, page by page in the order in which they began; memory holds one page and the counts. Reads only. A bill
 * is judged by its evidence: corrections that people made are left out of it, and sessions that begin meanwhile may or may not be among them.
 * @returns null when it was told to stop.
 */
export async function runBacktest(odb: OperatorDatabase, { oldRules, newRules, from, to, signal, onProgress }: BacktestRun): Promise<BacktestResult | null> {
  const of = await odb.transaction((tx) => countSessions(tx, { from, to }));
  const tally = startTally();
  let done = 0;
  for (let after: Key | null = null; ;) {
    if (signal?.aborted) return null;
    const { keys: page, bills }: { readonly keys: readonly Key[]; readonly bills: readonly BacktestBill[] } = await odb.transaction(async (tx) => {
      const keys = await keysAfter(tx, after, { from, to });
      return { keys, bills: await loadBills(tx, keys.map(({ sessionId }) => sessionId), oldRules, newRules) };
    });
    const changed = bills.map((bill) => addToTally(tally, bill, oldRules, newRules)).filter((bill) => bill !== null);
    done += page.length;
    if (page.length > 0) await onProgress?.({ done, of: Math.max(of, done), changed });
    if (page.length < BACKTEST_PAGE) return resultOf(tally);
    after = page.at(-1)!;
  }
}

const RANGE = `operator_id = $1 and state = 'ended' and ($2::timestamptz is null or started_at >= $2) and ($3::timestamptz is null or started_at < $3)`;
const bound = (at: Instant | null): string | null => (at === null ? null : sqlTimestamp(at));

async function countSessions(tx: Tx, { from, to }: BacktestRange): Promise<number> {
  const [row] = await tx.query<{ count: bigint }>(`select count(*) as count from charging.session where ${RANGE}`, [onlyOperator(tx), bound(from), bound(to)]);
  return Number(row!.count);
}

const keysAfter = (tx: Tx, after: Key | null, { from, to }: BacktestRange): Promise<Key[]> => tx.query<Key>(
  `select session_id as "sessionId", started_at as "startedAt" from charging.session
   where ${RANGE} and ($4::timestamptz is null or (started_at, session_id) > ($4, $5::uuid)) order by started_at, session_id limit ${BACKTEST_PAGE}`,
  [onlyOperator(tx), bound(from), bound(to), bound(after?.startedAt ?? null), after?.sessionId ?? null]);

async function loadBills(tx: Tx, ids: readonly SessionId[], oldRules: AnomalyRules, newRules: AnomalyRules): Promise<BacktestBill[]> {
  if (ids.length === 0) return [];
  const sessions = await readSessions(tx, ids);
  const [facts, circumstances, operator] = await together([loadFacts(tx, ids), loadCircumstances(tx, sessions), loadOperator(tx)]);
  const alone = sessions.map((session) => ({ session, facts: facts.get(session.sessionId) ?? [], context: sessionContext(session, EMPTY_CHAIN, oldRules, circumstances.get(session.sessionId)) }));
  const judged = alone.map(({ facts: said, context }) => derive(said, context));
  const judgedAnew = alone.map(({ facts: said, context }) => derive(said, { ...context, rules: newRules }));
  const openings = alone.map(({ session: { sessionId, connectorId, maxPowerW } }, i) => ({ sessionId, connectorId, maxPowerW, opening: widest(openingOf(judged[i]!, oldRules), openingOf(judgedAnew[i]!, newRules)) }));
  const tolerance = { overlapToleranceMs: Math.min(oldRules.overlapToleranceMs, newRules.overlapToleranceMs) };
  const [before, overlaps, assignments, policy] = await together([
    registersBefore(tx, openings),
    findOverlaps(tx, sessions.map(({ sessionId, connectorId }, i) => {
      const { startedAt, endedAt, energyWh, flags } = judged[i]!;
      return { sessionId, connectorId, startedAt, endedAt: endedAt ?? startedAt, energyWh: energyWh as bigint, timeInDoubt: isTimeInDoubt(flags) };
    }), tolerance),
    tariffsForAll(tx, sessions.map(({ stationId, connectorId }, i) => ({ stationId, connectorId, from: judged[i]!.startedAt, to: judged[i]!.endedAt ?? judged[i]!.startedAt }))),
    loadPolicy(tx, operator.currency),
  ]);
  return alone.map(({ session, facts: said, context }, i): BacktestBill => {
    const bill = { session, facts: said, context, overlaps: overlaps.get(session.sessionId) ?? [], price: pricing(operator, session, assignments[i]!), policy };
    const registers = before.get(session.sessionId);
    // Only what the connector showed before can change what was derived without it.
    return registers === undefined ? { ...bill, derived: new Map([[oldRules, judged[i]!], [newRules, judgedAnew[i]!]]) } : { ...bill, context: { ...context, before: registers } };
  });
}

/** What may contradict a beginning by either set of rules. */
function widest(one: SessionOpening | null, other: SessionOpening | null): SessionOpening | null {
  if (one === null || other === null) return one ?? other;
  return { at: one.at < other.at ? one.at : other.at, aboveWh: one.aboveWh < other.aboveWh ? one.aboveWh : other.aboveWh, upToWh: one.upToWh > other.upToWh ? one.upToWh : other.upToWh };
}

