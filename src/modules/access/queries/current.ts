import { assert, type UserId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { Permission, Principal } from '../../../platform/http/index.ts';
import { openPersonal } from '../../../platform/personal-data/index.ts';
import { loadOperator, type Operator } from '../../parties/index.ts';

export type CurrentUser = {
  readonly operator: Operator;
  readonly user: { readonly userId: UserId; readonly logInName: string; readonly displayName: string | null };
  /** Held for the whole operator. */
  readonly permissions: readonly Permission[];
  /** Held only within a sub-operator. */
  readonly limited: readonly { readonly subOperatorId: string; readonly permissions: readonly Permission[] }[];
};

/** Everything the console needs to know about who is logged in. */
export async function loadCurrentUser(tx: Tx, principal: Pick<Principal, 'id' | 'grants' | 'operatorId'>): Promise<CurrentUser> {
  const [row] = await tx.query<{ userId: UserId; logInName: string; sealed: Buffer }>(
    'select user_id as "userId", log_in_name as "logInName", display_name_sealed as sealed from access.user_account where operator_id = $1 and user_id = $2',
    [principal.operatorId, principal.id]);
  assert(row, 'whoever is logged in has an account');
  const { sealed, ...user } = row;
  const wide = principal.grants.filter((grant) => grant.subOperatorId === null);
  return {
    operator: await loadOperator(tx),
    user: { ...user, displayName: await openPersonal(tx, { personId: row.userId, sealed }) },
    permissions: [...new Set(wide.flatMap((grant) => [...grant.permissions]))].sort(),
    limited: principal.grants.flatMap((grant) => (grant.subOperatorId === null ? [] : [{ subOperatorId: grant.subOperatorId, permissions: [...grant.permissions].sort() }])),
  };
}
