import { Type } from 'typebox';
import { addMs, decodeId, fromLocalTime, money, MS_PER_DAY, toLocalTime, type ChargePointId, type Instant, type MemberId, type SessionId, type StationId } from '../../../kernel/index.ts';
import { loadActorNames, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Database, Tx } from '../../../platform/database/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import { decodeCursor, IdJson, idFromJson, moneyToJson, NullOr, orNull, Page, pageQuery, scopeOf, toPage, wattHoursToJson, type Api, type Principal } from '../../../platform/http/index.ts';
import { loadChargePoints, placesSeen, resolveChargePoint } from '../../locations/index.ts';
import { loadMembers, loadOperator } from '../../parties/index.ts';
import { rederiveSessions } from '../commands/rederive-sessions.ts';
import { chargingOverview } from '../queries/overview.ts';
import { loadSessionStory } from '../queries/session-detail.ts';
import { listSessions, sumSessions, type SessionFilter, type SessionRow } from '../queries/sessions.ts';
import { registerCorrectionPolicyRoutes } from './correction-policy.ts';
import { registerPowerRoute } from './power.ts';
import { registerRulesRoutes } from './rules.ts';
import { Cause, OverviewJson, overviewToJson, SessionDetailJson, SessionJson, sessionToJson, storyToJson, SumsJson, type Names } from './schemas.ts';

const tag = 'charging';
const params = Type.Object({ sessionId: Type.String() });
const Day = Type.String({ format: 'date', description: "A day on the operator's wall clock: 2026-03-02." });
const sessionQuery = {
  ...pageQuery, state: Type.Optional(Type.Enum(['active', 'ended', 'held', 'flagged'], { description: 'held: bills that wait for review; ended: those that do not; flagged: anything odd, held or not.' })),
  stationId: Type.Optional(IdJson('sta')), chargePointId: Type.Optional(IdJson('cp')), memberId: Type.Optional(IdJson('mem')), from: Type.Optional(Day), to: Type.Optional(Day),
  cause: Type.Optional(Cause),
  q: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'A session id, the identity of a charge point, a transaction id, or a card number or its last four characters.' })),
};

export function registerChargingRoutes(api: Api, { nameActors }: { nameActors: NameActors }): void {
  registerList(api);
  registerDetail(api, nameActors);
  registerCorrectionPolicyRoutes(api);
  registerRederivation(api);
  registerPowerRoute(api);
  registerRulesRoutes(api, { nameActors });
  api.route({
    method: 'GET', path: '/overview', operationId: 'getOverview', tag, summary: 'Power now, energy and money today, and what needs somebody', permission: 'charging:read', audience: 'operator', subOperatorScoped: true,
    response: OverviewJson,
    handler: async (tx, { clock, subOperators }) => {
      const { currency, timeZone } = await loadOperator(tx);
      return overviewToJson(await chargingOverview(tx, { now: clock.now(), currency, timeZone, places: await placesSeen(tx, subOperators) }));
    },
  });
}

function registerList(api: Api): void {
  const SessionPage = Type.Object({ ...Page(SessionJson).properties, sums: NullOr(SumsJson) }, { title: 'ChargingSessionPage' });
  api.route({
    method: 'GET', path: '/sessions', operationId: 'listSessions', tag, summary: 'Charging sessions, newest first', description: 'The first page carries counts and sums of everything that the filter lets through.',
    permission: 'charging:read', audience: 'operator', subOperatorScoped: true, query: Type.Object(sessionQuery), response: SessionPage, errors: ['cursor_invalid'],
    handler: async (tx, { query, database, principal, subOperators }) => {
      const { currency, timeZone } = await loadOperator(tx);
      const after = decodeCursor(query.cursor, ['number', 'uuid']);
      const filter = { ...filterOf(query, timeZone), ...(await searched(query.q, database, tx)), seen: await placesSeen(tx, subOperators) };
      const rows = await listSessions(tx, filter, { after, limit: query.limit + 1 });
      const names = await namesOf(tx, rows, principal);
      const sums = after ? null : await sumSessions(tx, filter);
      return {
        ...toPage(rows, query.limit, (row) => sessionToJson(row, names), (row) => [row.startedAt, row.sessionId]),
        sums: sums && { count: Number(sums.count), active: Number(sums.active), held: Number(sums.held), energyWh: wattHoursToJson(sums.energyWh), total: moneyToJson(money(sums.totalMinor, currency)) },
      };
    },
  });
}

function registerDetail(api: Api, nameActors: NameActors): void {
  api.route({
    method: 'GET', path: '/sessions/:sessionId', operationId: 'getSession', tag, summary: 'One session: readings, bill line by line, every version, who started it and how',
    permission: 'charging:read', audience: 'operator', subOperatorScoped: true, params, response: SessionDetailJson, errors: ['session_not_found'],
    handler: async (tx, { params: path, principal, subOperators }) => {
      const story = await loadSessionStory(tx, idFromJson<SessionId>('chg', path.sessionId, 'session_not_found'), await placesSeen(tx, subOperators));
      if (!story) throw problem('session_not_found');
      const { currency } = await loadOperator(tx);
      return storyToJson({ ...story, startActor: orNull(story.startActor, (await loadActorNames(tx, nameActors, [story.startActor])).nameOrKept) }, await namesOf(tx, [story], principal), currency);
    },
  });
}

function registerRederivation(api: Api): void {
  api.route({
    method: 'POST', path: '/sessions/:sessionId/rederivation', operationId: 'rederiveSession', tag, summary: 'Derive the bill again, for instance after a tariff was assigned', idempotency: 'natural',
    description: 'Makes the next version where the bill comes out differently, and nothing where it does not.',
    permission: 'charging:correct', audience: 'operator', params, response: SessionDetailJson, errors: ['session_not_found', 'session_not_ended'],
    handler: async (tx, { params: path, actor, from, clock, principal }) => {
      const sessionId = idFromJson<SessionId>('chg', path.sessionId, 'session_not_found');
      const before = await loadSessionStory(tx, sessionId);
      if (!before) throw problem('session_not_found');
      if (before.state === 'active') throw problem('session_not_ended');
      await rederiveSessions(tx, [sessionId], { clock });
      const after = (await loadSessionStory(tx, sessionId))!;
      await recordAct(tx, { actor, from, act: 'charging.rederive', subject: { kind: 'session', id: sessionId }, before: { version: before.billVersion }, after: { version: after.billVersion } }, { clock });
      return storyToJson(after, await namesOf(tx, [after], principal), (await loadOperator(tx)).currency);
    },
  });
}

type ListQuery = { state?: SessionFilter['state']; cause?: SessionFilter['cause']; stationId?: string; chargePointId?: string; memberId?: string; from?: string; to?: string };

function filterOf(query: ListQuery, timeZone: string): SessionFilter {
  return {
    state: query.state, cause: query.cause, stationId: idOf<StationId>('sta', query.stationId), chargePointId: idOf<ChargePointId>('cp', query.chargePointId), memberId: idOf<MemberId>('mem', query.memberId),
    from: query.from === undefined ? undefined : midnight(query.from, timeZone), to: query.to === undefined ? undefined : nextMidnight(query.to, timeZone),
  };
}
const idOf = <T extends string>(prefix: 'sta' | 'cp' | 'mem', text: string | undefined): T | undefined => (text === undefined ? undefined : (decodeId(prefix, text) as T | null) ?? undefined);

function midnight(day: string, timeZone: string): Instant {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return fromLocalTime({ year, month, day: date, minuteOfDay: 0 }, timeZone);
}
/** A day has 23 to 25 hours: noon of the next one is never missed. */
function nextMidnight(day: string, timeZone: string): Instant {
  return fromLocalTime({ ...toLocalTime(addMs(midnight(day, timeZone), MS_PER_DAY * 1.5), timeZone), minuteOfDay: 0 }, timeZone);
}

async function searched(text: string | undefined, database: Database, tx: Tx): Promise<SessionFilter> {
  const wanted = text?.trim();
  if (!wanted) return {};
  const sessionId = decodeId('chg', wanted);
  if (sessionId !== null) return { sessionId: sessionId as SessionId };
  const point = await resolveChargePoint(database, wanted);
  return point && tx.operatorIds.includes(point.operatorId) ? { chargePointId: point.chargePointId } : { text: wanted };
}

async function namesOf(tx: Tx, rows: readonly SessionRow[], principal: Principal): Promise<Names> {
  const memberIds = [...new Set(rows.flatMap((row) => (row.memberId === null ? [] : [row.memberId])))];
  // Who may not see a member sees that there is one, and not who it is.
  const scope = scopeOf(principal, 'members:read');
  const members = memberIds.length === 0 || scope === 'none' ? [] : [...(await loadMembers(tx, memberIds)).values()].filter(({ subOperatorId }) => scope === 'operator' || scope.includes(subOperatorId ?? ''));
  return {
    chargePoints: await loadChargePoints(tx, [...new Set(rows.map((row) => row.chargePointId))]),
    members: new Map(members.map((member) => [member.memberId, member.displayName])),
  };
}
