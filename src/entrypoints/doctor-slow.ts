import { toIso } from '../kernel/index.ts';
import type { Queryable } from '../platform/database/index.ts';
import { listSlowRequests, mostOf, type SlowRequestRow } from '../platform/nodes/index.ts';

export const SLOW_SHOWN_MAX = 50;
const WAITS_SHOWN_MAX = 8;

/** `kirchhoff doctor --slow`: the requests of the last week that took long, newest first, with where their time went. */
export async function slowRequests(database: Queryable): Promise<{ readonly rows: readonly SlowRequestRow[]; readonly text: string }> {
  const rows = await listSlowRequests(database, { operatorId: null, limit: SLOW_SHOWN_MAX });
  return { rows, text: rows.length === 0 ? 'no request took long within the last week' : rows.map(told).join('\n\n') };
}

function told(row: SlowRequestRow): string {
  const parts = [['event loop', row.loopUs], ['waiting for a connection', row.poolUs], ['queries', row.queryUs], ['channel', row.channelUs], ['handler', row.handlerUs]] as const;
  const us = { loopUs: Number(row.loopUs), poolUs: Number(row.poolUs), queryUs: Number(row.queryUs), channelUs: Number(row.channelUs), handlerUs: Number(row.handlerUs) };
  return [
    `${toIso(row.startedAt)}  ${seconds(row.totalUs)}  ${row.method} ${row.route} ${row.status}  ${row.host ?? 'a node that is forgotten'}  most: ${mostOf(us).replace('_', ' ')}  request ${row.requestId}`,
    `    ${parts.map(([name, value]) => `${name} ${seconds(value)}`).join(', ')}`,
    ...row.waits.slice(0, WAITS_SHOWN_MAX).map(({ kind, name, count, us: longUs }) => `    ${kind === 'pool' ? 'waited for a connection' : `${kind} ${name}`} × ${count}: ${seconds(BigInt(longUs))}`),
  ].join('\n');
}

const seconds = (us: bigint): string => (us >= 1_000_000n ? `${(Number(us) / 1e6).toFixed(2)} s` : `${(Number(us) / 1e3).toFixed(1)} ms`);
/** For `--json`: bigint has no form of its own there. */
export const slowJson = (row: SlowRequestRow): string => JSON.stringify({ ...row, startedAt: toIso(row.startedAt) }, (_name, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
