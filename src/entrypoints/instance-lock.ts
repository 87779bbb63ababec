import { hostname } from 'node:os';
import pg from 'pg';
import { ok, refuse, type Result } from '../kernel/index.ts';

/** A session of the database that says: this program serves this data. The database lets go of it when the process dies, however it dies. */
export type InstanceLock = { release(): Promise<void> };

const LOCK = `hashtextextended('kirchhoff instance', 0)`;
/** After a kill -9 the server notices the closed connection within moments; a living holder never lets go. */
const WAIT_MS_MAX = 3_000;

/** Takes the lock of the server at `url`, or says who holds it. `name` is what the holder is doing, e.g. "start". */
export async function takeInstanceLock(url: string, name: string): Promise<Result<InstanceLock, { readonly code: 'already_running'; readonly holder: string }>> {
  const client = new pg.Client({ connectionString: url, application_name: `kirchhoff ${name} pid ${process.pid} on ${hostname()}`.slice(0, 63), keepAlive: true });
  await client.connect();
  client.on('error', () => undefined);
  const deadline = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const { rows: [row] } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${LOCK}) as taken`);
    if (row?.taken === true) return ok({ release: () => client.end() });
    if (performance.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { rows: [holder] } = await client.query<{ name: string; since: Date }>(
    `select a.application_name as name, a.backend_start as since from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and (l.classid::bigint << 32 | l.objid::bigint) = ${LOCK} limit 1`);
  await client.end();
  return refuse({ code: 'already_running', holder: holder ? `${holder.name}, since ${holder.since.toISOString()}` : 'its holder just changed' });
}
