import { ALL_PERMISSIONS, isPermission, type Permission } from '../../platform/http/permission.ts';

/** Roles that every operator has. Their permissions live here and not in the database, so that an upgrade can add to them. */
export const BUILT_IN_ROLES = {
  owner: ALL_PERMISSIONS,
  accountant: [
    'members:read', 'organisation:read', 'wallets:read', 'wallets:correct', 'coupons:read', 'payments:read', 'payments:recover', 'refunds:apply', 'refunds:audit', 'chargebacks:write', 'tariffs:read', 'locations:read',
    'charging:read', 'charging:correct', 'repair:read', 'repair:apply', 'repair:approve',
    'reports:read', 'reports:publish', 'statements:close', 'books:read', 'books:close', 'audit_log:read', 'approvals:read', 'approvals:decide',
  ],
  clerk: ['members:read', 'members:write', 'organisation:read', 'wallets:read', 'wallets:top_up', 'coupons:read', 'payments:read', 'payments:recover', 'refunds:apply', 'tariffs:read', 'locations:read', 'charging:read', 'repair:read', 'reports:read', 'approvals:read'],
  operations: [
    'members:read', 'organisation:read', 'tariffs:read', 'locations:read', 'locations:write', 'charge_points:command', 'charging:read', 'charging:start', 'makes:read', 'makes:export', 'repair:read',
    'payments:read', 'payments:recover', 'operations:read', 'settings:read',
  ],
  viewer: ['organisation:read', 'tariffs:read', 'locations:read', 'charging:read', 'reports:read', 'books:read'],
} as const satisfies Record<string, readonly Permission[]>;

export type BuiltInRole = keyof typeof BUILT_IN_ROLES;
export const BUILT_IN_ROLE_NAMES = Object.keys(BUILT_IN_ROLES) as BuiltInRole[];

/** What a role allows: of a built-in role by its name, of an operator's own by its list; a permission that no longer exists is dropped. */
export const permissionsOf = (role: { readonly builtIn: BuiltInRole | null; readonly permissions: readonly string[] }): Permission[] =>
  role.builtIn === null ? role.permissions.filter(isPermission) : [...BUILT_IN_ROLES[role.builtIn]];
