import { hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { newUuid } from '../platform/clock/index.ts';
import { readMigrations } from '../platform/database/index.ts';
import { fingerprintOf, printSettings, reportNode, type NodeReport } from '../platform/nodes/index.ts';
import type { MasterKeys } from '../platform/secrets/index.ts';
import { ROOT } from './open-system.ts';
import type { Role, ServiceContext } from './serve-roles.ts';

/** Tells the other processes what this one runs with (P-08), measures what presses it (P-07), and keeps its slow requests (P-09). */
export async function startNodeReport(context: ServiceContext, roles: readonly Role[]): Promise<NodeReport> {
  const { database, clock, logging: { logger }, metrics, slowRequests, explained, keys } = context;
  const settings = printSettings(explained, settingsKey(keys));
  return reportNode({
    database, clock, logger, metrics, slowRequests,
    node: {
      nodeId: newUuid(), host: hostname(), pid: process.pid, roles, version: programVersion(), schemaVersion: (await readMigrations()).at(-1)?.name ?? 'none', settings, fingerprint: fingerprintOf(settings), startedAt: clock.now(),
    },
  });
}

export const programVersion = (): string => (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;

/** Every node holds it and it leaves none: under it, equal settings have equal hashes, and a hash tells nobody the value. */
export const settingsKey = (keys: Pick<MasterKeys, 'rolesKey'>): Uint8Array => new Uint8Array(hkdfSync('sha256', keys.rolesKey(), 'kirchhoff', 'settings fingerprint', 32));

