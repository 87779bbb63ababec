import type { OperatorId, Result } from '../../kernel/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import type { Permission } from './permission.ts';

/** A role as given to somebody: its permissions, for the whole operator (null) or for one sub-operator. */
export type Grant = { readonly permissions: ReadonlySet<Permission>; readonly subOperatorId: string | null };

/** Whoever is calling, once known. */
export type Principal = {
  readonly kind: 'user' | 'api_client';
  readonly id: string;
  readonly operatorId: OperatorId;
  /** The web session of a user; null for an API client. */
  readonly sessionId: string | null;
  readonly grants: readonly Grant[];
};

/** Where a call came from, as the audit log keeps it. */
export type CallOrigin = { readonly ip: string; readonly userAgent: string | null };

export type PresentedCredential = { readonly kind: 'cookie' | 'bearer'; readonly secret: string };

/** Turns a presented secret into a principal; given to `createApi` by the composition root, because the platform knows no module. Only a call of a person's own counts as use. */
export type Authenticate = (credential: PresentedCredential, from: CallOrigin, options?: { readonly noteUse: boolean }) => Promise<Result<Principal, { readonly code: ErrorCode }>>;

/**
 * The part of the operator in which a principal holds a permission.
 * @returns 'none', 'operator' (everything), or the ids of its sub-operators.
 */
export function scopeOf(principal: Principal, permission: Permission): 'none' | 'operator' | readonly string[] {
  const holding = principal.grants.filter((grant) => grant.permissions.has(permission));
  if (holding.length === 0) return 'none';
  const subOperatorIds = holding.map((grant) => grant.subOperatorId);
  return subOperatorIds.includes(null) ? 'operator' : [...new Set(subOperatorIds.filter((id) => id !== null))];
}
