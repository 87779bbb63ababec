import { addMs, MS_PER_MINUTE } from '../kernel/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import type { Config } from '../platform/config/index.ts';
import { DATABASE_ROLES, type Queryable } from '../platform/database/index.ts';
import { compareNodes, describeDifference, listNodes, nodeName, stateOf, type NodeRecord } from '../platform/nodes/index.ts';
import { listPressure, pressedBy, type PressureRow } from '../platform/pressure/index.ts';
import type { Part } from './doctor-part.ts';
import { readRunning } from './state-files.ts';

const NAMED_MAX = 10;
/** The roles that an installation needs to have at work somewhere, with what stands still without them. */
const NEEDED_ROLES = [['api', 'nobody can log in, and no notification of a payment is taken'], ['worker', 'notifications are stored and not worked, jobs do not run'], ['gateway', 'no charge point can connect']] as const;

/** Every process that serves this database, and in what they differ (P-08). */
export async function nodeParts(database: Queryable): Promise<Part[]> {
  const nodes = await listNodes(database), now = systemClock.now();
  const alive = nodes.filter((node) => stateOf(node, now) === 'alive'), stale = nodes.filter((node) => stateOf(node, now) === 'stale');
  if (alive.length === 0) return [{ part: 'nodes', state: 'off', found: nodes.length === 0 ? 'no process has served this database yet' : `no process serves; last heard from ${nodeName(nodes[0]!)} at ${new Date(nodes[0]!.heartbeatAt).toISOString()}` }];
  const differences = compareNodes(nodes, now).map(describeDifference);
  return [
    differences.length === 0
      ? { part: 'nodes', state: 'good', found: `${alive.map(shown).join('\n')}${alive.length > 1 ? '\nall with the same version and settings' : ''}` }
      : { part: 'nodes', state: 'look', found: [...alive.map(shown), 'they differ in', ...differences.slice(0, NAMED_MAX)].join('\n'), todo: '`kirchhoff config explain` on each says where a value comes from; put the old one right and restart it' },
    ...(stale.length === 0 ? [] : [{ part: 'silent nodes', state: 'look', found: stale.slice(0, NAMED_MAX).map((node) => `${shown(node)}, silent since ${new Date(node.heartbeatAt).toISOString()}`).join('\n'), todo: 'was it switched off? It is compared no more, and forgotten after a week' } satisfies Part]),
    ...missingRoles(alive),
  ];
}

const shown = (node: NodeRecord): string => `${nodeName(node)} ${node.roles.join('+')} ${node.version}, settings ${node.fingerprint}`;

const missingRoles = (alive: readonly NodeRecord[]): Part[] => NEEDED_ROLES.filter(([role]) => !alive.some(({ roles }) => roles.includes(role)))
  .map(([role, consequence]): Part => ({ part: `${role} role`, state: 'bad', found: `no process has it: ${consequence}`, todo: `kirchhoff start --role ${role}` }));

const LATELY_MS = 5 * MS_PER_MINUTE;

/** What presses the money path, beside how late payments were (P-07). */
export async function pressureParts(database: Queryable): Promise<Part[]> {
  const now = systemClock.now();
  const rows = await listPressure(database, { from: addMs(now, -LATELY_MS), to: addMs(now, MS_PER_MINUTE) });
  const latest = rows.filter((row, index) => rows.findIndex(({ nodeId }) => nodeId === row.nodeId) === index);
  if (latest.length === 0) return [{ part: 'pressure', state: 'off', found: 'nothing was measured within the last five minutes' }];
  const pressed = latest.filter((row) => pressedBy(row).length > 0);
  const found = latest.map((row) => [figures(row), ...pressedBy(row).map((what) => `  ${what}`)].join('\n')).join('\n');
  return [{ part: 'pressure', state: pressed.length > 0 ? 'look' : 'good', found, ...(pressed.length > 0 ? { todo: 'docs/operations/pressure.md: what starves the disk, and what to do' } : {}) }];
}

const ms = (us: bigint | null): string => (us === null ? '–' : `${(Number(us) / 1_000).toFixed(1)} ms`);
const figures = (row: PressureRow): string =>
  `${nodeName(row)}: disk ${row.ioSomePercent === null ? 'not told by this system' : `${row.ioSomePercent.toFixed(1)} %`}, commit ${ms(row.probeUs)} (99 of 100: ${ms(row.commitP99Us)}), event loop ${ms(row.loopMaxUs)}, payments ${
    row.creditP99Ms === null ? 'none credited' : `within ${row.creditP99Ms} ms`}`;

const PORT_MS_MAX = 3_000;

/** Whether the gateway of the program on this data folder takes connections. */
export async function gatewayParts(config: Pick<Config, 'data.folder'>): Promise<Part[]> {
  const address = readRunning(config['data.folder'])?.ocpp;
  if (address === undefined) return [];
  try {
    // Any answer will do: a handshake without a charge point is refused, by somebody who is there.
    const answer = await fetch(`${address.replace(/^ws/, 'http')}/doctor`, { signal: AbortSignal.timeout(PORT_MS_MAX) });
    await answer.body?.cancel();
    return [{ part: 'gateway', state: 'good', found: address }];
  } catch (error) {
    return [{ part: 'gateway', state: 'bad', found: `${address} does not answer: ${error instanceof Error ? error.message : String(error)}`, todo: 'charge points keep their messages and send them later; see the log of the program, restart it' }];
  }
}

/** The database's roles: each there, and none with more than it should have. */
export async function databaseRoleParts(database: Queryable): Promise<Part[]> {
  const roles = await database.query<{ name: string; logs_in: boolean; superuser: boolean; bypasses: boolean }>(
    'select rolname as name, rolcanlogin as logs_in, rolsuper as superuser, rolbypassrls as bypasses from pg_roles where rolname = any ($1)', [DATABASE_ROLES]);
  const wrong = DATABASE_ROLES.flatMap((name) => {
    const role = roles.find((candidate) => candidate.name === name);
    if (role === undefined) return [`${name} is missing`];
    return [
      ...(role.logs_in ? [] : [`${name} may not log in`]), ...(role.superuser ? [`${name} is a superuser: tenancy does not bind it`] : []),
      ...(role.bypasses === (name === 'kirchhoff_platform') ? [] : [`${name} ${role.bypasses ? 'bypasses' : 'does not bypass'} row-level security`]),
    ];
  });
  return [wrong.length === 0 ? { part: 'database roles', state: 'good', found: `${roles.length}, each with what it needs and no more` } : { part: 'database roles', state: 'bad', found: wrong.join('\n'), todo: '`kirchhoff start` sets them up again; find out who changed them' }];
}
