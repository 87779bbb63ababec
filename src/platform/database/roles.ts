import { hkdfSync } from 'node:crypto';
import type pg from 'pg';
import type { DatabaseUrls } from './connect.ts';

/** owner runs migrations, app serves under row-level security, inbox may only insert, platform works across operators. */
export const DATABASE_ROLES = ['kirchhoff_owner', 'kirchhoff_app', 'kirchhoff_inbox', 'kirchhoff_platform'] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

/** Every node that holds the master key knows the same passwords; none is stored. */
export const rolePassword = (masterKey: Uint8Array, role: DatabaseRole): string =>
  Buffer.from(hkdfSync('sha256', masterKey, 'kirchhoff', `database role ${role}`, 24)).toString('base64url');

/**
 * Creates the roles where they are missing and sets their passwords. Needs a connection that may create roles.
 * Safe to run again and from several nodes at once.
 */
export async function ensureRoles(admin: pg.ClientBase, masterKey: Uint8Array): Promise<void> {
  await admin.query(`select pg_advisory_lock(hashtext('kirchhoff roles'))`);
  try {
    const existing = await admin.query<{ rolname: string }>('select rolname from pg_roles where rolname = any($1)', [DATABASE_ROLES]);
    const names = new Set(existing.rows.map((row) => row.rolname));
    for (const role of DATABASE_ROLES) {
      const attributes = `login nosuperuser nocreatedb nocreaterole ${role === 'kirchhoff_platform' ? 'bypassrls' : 'nobypassrls'}`;
      const password = admin.escapeLiteral(rolePassword(masterKey, role));
      await admin.query(`${names.has(role) ? 'alter' : 'create'} role ${role} ${attributes} password ${password}`);
    }
    await admin.query('grant kirchhoff_owner to current_user');
    const { rows } = await admin.query<{ name: string }>('select current_database() as name');
    await admin.query(`grant create, connect, temporary on database ${admin.escapeIdentifier(rows[0]!.name)} to kirchhoff_owner`);
  } finally {
    await admin.query(`select pg_advisory_unlock(hashtext('kirchhoff roles'))`);
  }
}

/** The serving roles' addresses on the server and database that `adminUrl` names. */
export function roleUrls(adminUrl: string, masterKey: Uint8Array): DatabaseUrls {
  const as = (role: DatabaseRole): string => {
    const url = new URL(adminUrl);
    url.username = role;
    url.password = rolePassword(masterKey, role);
    return url.href;
  };
  return { app: as('kirchhoff_app'), inbox: as('kirchhoff_inbox'), platform: as('kirchhoff_platform') };
}
