import { Type } from 'typebox';
import { addMs, instant, MS_PER_DAY, MS_PER_HOUR } from '../../kernel/index.ts';
import { problem } from '../errors/index.ts';
import { decodeCursor, InstantJson, instantFromJson, instantToJson, NullOr, orNull, Page, pageQuery, toPage, type Api } from '../http/index.ts';
import { listPressure, pressedBy, PRESSURE_ROWS_MAX } from '../pressure/index.ts';
import { WAIT_KINDS } from '../timings/index.ts';
import { compareNodes, nodeName, stateOf } from './compare-nodes.ts';
import { listNodes, listSlowRequests, type SlowRequestRow } from './node-store.ts';

const tag = 'operations';
const Micros = Type.Integer({ description: 'Microseconds.' });
const Groups = Type.Array(Type.Object({ value: Type.String(), from: NullOr(Type.String()), nodes: Type.Array(Type.String()) }, { title: 'NodeDifferenceGroup' }));
const Nodes = Type.Object({
  items: Type.Array(Type.Object({
    node: Type.String({ description: 'Host and process.' }), roles: Type.Array(Type.String()), version: Type.String(), schemaVersion: Type.String(), fingerprint: Type.String(),
    state: Type.Enum(['alive', 'stale', 'stopped'], { title: 'NodeState' }), startedAt: InstantJson, heartbeatAt: InstantJson, stoppedAt: NullOr(InstantJson),
  }, { title: 'Node' })),
  differences: Type.Array(Type.Object({ what: Type.String({ description: 'version, schema version, or a setting. Values of settings are told as hashes.' }), groups: Groups }, { title: 'NodeDifference' })),
}, { title: 'Nodes' });
const Pressure = Type.Object({
  node: Type.String(), roles: Type.Array(Type.String()), measuredAt: InstantJson, ioSomePercent: NullOr(Type.Number()), ioFullPercent: NullOr(Type.Number()), probeUs: Micros, commits: Type.Integer(),
  commitP50Us: NullOr(Micros), commitP99Us: NullOr(Micros), commitMaxUs: NullOr(Micros), walSyncs: NullOr(Type.Integer()), walSyncUs: NullOr(Micros), loopP99Us: Micros, loopMaxUs: Micros,
  credited: Type.Integer(), creditP50Ms: NullOr(Type.Integer()), creditP99Ms: NullOr(Type.Integer()),
  pressedBy: Type.Array(Type.String(), { description: 'What is out of the ordinary.' }),
}, { title: 'Pressure' });
const Slow = Type.Object({
  requestId: Type.String(), node: NullOr(Type.String()), startedAt: InstantJson, method: Type.String(), route: Type.String({ description: 'The pattern, never the address.' }), status: Type.Integer(),
  totalUs: Micros, loopUs: Micros, poolUs: Micros, queryUs: Micros, channelUs: Micros, handlerUs: Micros,
  waits: Type.Array(Type.Object({ kind: Type.Enum([...WAIT_KINDS], { title: 'WaitKind' }), name: Type.String(), count: Type.Integer(), us: Micros }, { title: 'RequestWait' })),
}, { title: 'SlowRequest' });

/** What the console shows of the installation itself: its nodes, what presses them, and requests that took long. */
export function registerOperationsRoutes(api: Api): void {
  const access = { permission: 'operations:read', audience: 'operator' } as const;
  api.routeWithoutTransaction({
    method: 'GET', path: '/operations/nodes', operationId: 'listNodes', tag, summary: 'Every process of the installation, and in what the living ones differ', ...access, response: Nodes,
    handler: async ({ database, clock }) => {
      const nodes = await listNodes(database.untenanted), now = clock.now();
      return {
        items: nodes.map((node) => ({
          node: nodeName(node), roles: [...node.roles], version: node.version, schemaVersion: node.schemaVersion, fingerprint: node.fingerprint, state: stateOf(node, now),
          startedAt: instantToJson(node.startedAt), heartbeatAt: instantToJson(node.heartbeatAt), stoppedAt: orNull(node.stoppedAt, instantToJson),
        })),
        differences: compareNodes(nodes, now).map(({ what, groups }) => ({ what, groups: groups.map(({ value, from, nodes: names }) => ({ value, from, nodes: [...names] })) })),
      };
    },
  });
  api.routeWithoutTransaction({
    method: 'GET', path: '/operations/pressure', operationId: 'listPressure', tag, summary: 'Disk, commits and event loop of each node beside how late payments were credited, newest first',
    description: `One row a node and minute, at most ${PRESSURE_ROWS_MAX} rows and a day; the last hour unless told.`, ...access,
    query: Type.Object({ from: Type.Optional(InstantJson), to: Type.Optional(InstantJson) }), response: Type.Object({ items: Type.Array(Pressure) }),
    handler: async ({ database, clock, query }) => {
      const to = query.to === undefined ? addMs(clock.now(), 1) : instantFromJson(query.to);
      const from = query.from === undefined ? addMs(to, -MS_PER_HOUR) : instantFromJson(query.from);
      if (from >= to || to - from > MS_PER_DAY) throw problem('validation_failed', { errors: [{ pointer: '/query/from', message: 'must be before `to`, by a day at most' }] });
      return {
        items: (await listPressure(database.untenanted, { from, to })).map(({ host, pid, roles, measuredAt, ...row }) => ({
          node: nodeName({ host, pid }), roles: [...roles], measuredAt: instantToJson(measuredAt), ioSomePercent: row.ioSomePercent, ioFullPercent: row.ioFullPercent, probeUs: Number(row.probeUs), commits: Number(row.commits),
          commitP50Us: orNull(row.commitP50Us, Number), commitP99Us: orNull(row.commitP99Us, Number), commitMaxUs: orNull(row.commitMaxUs, Number), walSyncs: orNull(row.walSyncs, Number), walSyncUs: orNull(row.walSyncUs, Number),
          loopP99Us: Number(row.loopP99Us), loopMaxUs: Number(row.loopMaxUs), credited: Number(row.credited), creditP50Ms: orNull(row.creditP50Ms, Number), creditP99Ms: orNull(row.creditP99Ms, Number),
          pressedBy: pressedBy(row),
        })),
      };
    },
  });
  api.routeWithoutTransaction({
    method: 'GET', path: '/operations/slow-requests', operationId: 'listSlowRequests', tag, summary: 'Requests that took long, newest first, with where their time went',
    description: "The caller's operator's own, and those that belong to nobody, such as notifications. Kept for a week.", ...access,
    query: Type.Object(pageQuery), response: Page(Slow),
    handler: async ({ database, principal, query: { limit, cursor } }) => {
      const seen = decodeCursor(cursor, ['number', 'uuid']);
      const rows = await listSlowRequests(database.untenanted, { operatorId: principal.operatorId, limit: limit + 1, ...(seen === null ? {} : { before: { startedAt: instant(seen[0]), requestId: seen[1] } }) });
      return toPage(rows, limit, slowToJson, (row) => [row.startedAt, row.requestId]);
    },
  });
}

const slowToJson = ({ requestId, host, startedAt, method, route, status, waits, ...us }: SlowRequestRow) => ({
  requestId, node: host, startedAt: instantToJson(startedAt), method, route, status, totalUs: Number(us.totalUs), loopUs: Number(us.loopUs), poolUs: Number(us.poolUs), queryUs: Number(us.queryUs),
  channelUs: Number(us.channelUs), handlerUs: Number(us.handlerUs), waits: waits.map((wait) => ({ ...wait })),
});
