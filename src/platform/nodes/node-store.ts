import { addMs, MS_PER_DAY, type Instant } from '../../kernel/index.ts';
import { sqlTimestamp, type Queryable } from '../database/index.ts';
import type { SlowRequest, Wait } from '../timings/index.ts';
import type { NodeRecord } from './compare-nodes.ts';

export const NODES_KEPT_MS = 7 * MS_PER_DAY, PRESSURE_KEPT_MS = 7 * MS_PER_DAY, SLOW_KEPT_MS = 7 * MS_PER_DAY;
export const NODES_LISTED_MAX = 200, SLOW_ROWS_MAX = 5_000;

export type NewNode = Omit<NodeRecord, 'heartbeatAt' | 'stoppedAt'>;

export async function insertNode(database: Queryable, node: NewNode): Promise<void> {
  await database.execute(
    `insert into platform.node (node_id, host, pid, roles, version, schema_version, settings, fingerprint, started_at, heartbeat_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
     on conflict (node_id) do update set heartbeat_at = excluded.heartbeat_at, stopped_at = null`,
    [node.nodeId, node.host, node.pid, node.roles, node.version, node.schemaVersion, JSON.stringify(node.settings), node.fingerprint, sqlTimestamp(node.startedAt)]);
}

/** @returns 0 when the node is not listed any more. */
export const beat = (database: Queryable, nodeId: string, now: Instant): Promise<number> =>
  database.execute('update platform.node set heartbeat_at = $2 where node_id = $1', [nodeId, sqlTimestamp(now)]);

export const markStopped = (database: Queryable, nodeId: string, now: Instant): Promise<number> =>
  database.execute('update platform.node set stopped_at = $2 where node_id = $1', [nodeId, sqlTimestamp(now)]);

/** The latest heard from first. */
export const listNodes = (database: Queryable): Promise<NodeRecord[]> =>
  database.query<NodeRecord>(
    `select node_id as "nodeId", host, pid, roles, version, schema_version as "schemaVersion", settings, fingerprint, started_at as "startedAt", heartbeat_at as "heartbeatAt", stopped_at as "stoppedAt"
     from platform.node order by heartbeat_at desc, node_id limit ${NODES_LISTED_MAX}`);

export async function insertSlowRequests(database: Queryable, nodeId: string, requests: readonly SlowRequest[]): Promise<void> {
  if (requests.length === 0) return;
  await database.execute(
    `insert into platform.node_slow_request (request_id, node_id, caller_operator_id, started_at, method, route, status, total_us, loop_us, pool_us, query_us, channel_us, handler_us, waits)
     select request_id, $2, caller, started_at, method, route, status, total_us, loop_us, pool_us, query_us, channel_us, handler_us, waits
     from jsonb_to_recordset($1::jsonb) as r (request_id uuid, caller uuid, started_at timestamptz, method text, route text, status int, total_us bigint, loop_us bigint, pool_us bigint, query_us bigint, channel_us bigint, handler_us bigint, waits jsonb)
     on conflict do nothing`,
    [JSON.stringify(requests.map((request) => ({
      request_id: request.requestId, caller: request.operatorId, started_at: sqlTimestamp(request.startedAt), method: request.method, route: request.route.slice(0, 256), status: request.status,
      total_us: request.totalUs, loop_us: request.loopUs, pool_us: request.poolUs, query_us: request.queryUs, channel_us: request.channelUs, handler_us: request.handlerUs, waits: request.waits,
    }))), nodeId]);
}

export type SlowRequestRow = {
  readonly requestId: string; readonly nodeId: string; readonly host: string | null; readonly startedAt: Instant; readonly method: string; readonly route: string; readonly status: number;
  readonly totalUs: bigint; readonly loopUs: bigint; readonly poolUs: bigint; readonly queryUs: bigint; readonly channelUs: bigint; readonly handlerUs: bigint; readonly waits: readonly Wait[];
};

/** The latest first. An operator sees its own and those of nobody; null sees all. */
export const listSlowRequests = (database: Queryable, of: { readonly operatorId: string | null; readonly before?: { readonly startedAt: Instant; readonly requestId: string }; readonly limit: number }): Promise<SlowRequestRow[]> =>
  database.query<SlowRequestRow>(
    `select s.request_id as "requestId", s.node_id as "nodeId", n.host, s.started_at as "startedAt", s.method, s.route, s.status, s.total_us as "totalUs", s.loop_us as "loopUs", s.pool_us as "poolUs",
       s.query_us as "queryUs", s.channel_us as "channelUs", s.handler_us as "handlerUs", s.waits
     from platform.node_slow_request s left join platform.node n on n.node_id = s.node_id
     where ($1::uuid is null or s.caller_operator_id is null or s.caller_operator_id = $1) and ($2::timestamptz is null or (s.started_at, s.request_id) < ($2, $3::uuid))
     order by s.started_at desc, s.request_id desc limit $4`,
    [of.operatorId, of.before === undefined ? null : sqlTimestamp(of.before.startedAt), of.before?.requestId ?? null, of.limit]);

/** Deletes what is older than its retention, and slow requests beyond `SLOW_ROWS_MAX`. */
export async function forgetOld(database: Queryable, now: Instant): Promise<void> {
  const before = (ms: number): string => sqlTimestamp(addMs(now, -ms));
  await database.execute('delete from platform.node_pressure where measured_at < $1', [before(PRESSURE_KEPT_MS)]);
  await database.execute('delete from platform.node where heartbeat_at < $1', [before(NODES_KEPT_MS)]);
  await database.execute(
    `delete from platform.node_slow_request where started_at < greatest($1::timestamptz, (select started_at from platform.node_slow_request order by started_at desc offset ${SLOW_ROWS_MAX} limit 1))`, [before(SLOW_KEPT_MS)]);
}
