import { ok, refuse, type Clock, type Instant, type Result } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../platform/database/index.ts';
import { isPermission, type Permission } from '../../platform/http/permission.ts';
import { API_CLIENTS_MAX } from './domain/access-limits.ts';
import { parseIpRange } from './domain/ip-range.ts';
import { newApiKey } from './secret-token.ts';

export type ApiClient = {
  readonly apiClientId: string; readonly name: string; readonly permissions: readonly Permission[]; readonly subOperatorId: string | null;
  readonly allowedRanges: readonly string[]; readonly createdAt: Instant; readonly lastUsedAt: Instant | null; readonly revokedAt: Instant | null;
};
export type NewApiClient = {
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly subOperatorId?: string | null;
  /** Addresses and CIDR ranges from which the key may be used; empty for anywhere. */
  readonly allowedRanges: readonly string[];
};
export type CreateApiClientRejection = { readonly code: 'ip_range_invalid'; readonly range: string } | { readonly code: 'api_client_name_taken' };

/** Makes a key for a program. The key itself is in this answer and nowhere else. */
export async function createApiClient(tx: Tx, client: NewApiClient, { clock }: { clock: Clock }): Promise<Result<{ readonly apiClientId: string; readonly key: string }, CreateApiClientRejection>> {
  const wrong = client.allowedRanges.find((range) => parseIpRange(range) === null);
  if (wrong !== undefined) return refuse({ code: 'ip_range_invalid', range: wrong });
  const apiClientId = newUuid();
  const { key, hash } = newApiKey(tx.operatorIds[0]!, apiClientId);
  const inserted = await tx.execute(
    `insert into access.api_client (operator_id, api_client_id, name, secret_hash, permissions, sub_operator_id, allowed_ranges, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (operator_id, name) do nothing`,
    [tx.operatorIds[0], apiClientId, client.name.trim(), hash, [...new Set(client.permissions)], client.subOperatorId ?? null, client.allowedRanges, sqlTimestamp(clock.now())]);
  return inserted === 1 ? ok({ apiClientId, key }) : refuse({ code: 'api_client_name_taken' });
}

/** All API clients, also revoked ones, by name. */
export async function listApiClients(tx: Tx): Promise<ApiClient[]> {
  const rows = await tx.query<Omit<ApiClient, 'permissions'> & { permissions: string[] }>(
    `select api_client_id as "apiClientId", name, permissions, sub_operator_id as "subOperatorId", allowed_ranges as "allowedRanges", created_at as "createdAt",
       last_used_at as "lastUsedAt", revoked_at as "revokedAt"
     from access.api_client where operator_id = $1 order by name limit ${API_CLIENTS_MAX}`, [tx.operatorIds[0]]);
  return rows.map((row) => ({ ...row, permissions: row.permissions.filter(isPermission) }));
}

/** From where the key may be used. @returns the ranges before. */
export async function setAllowedRanges(
  tx: Tx, apiClientId: string, allowedRanges: readonly string[],
): Promise<Result<{ readonly before: readonly string[] }, { readonly code: 'api_client_not_found' } | { readonly code: 'ip_range_invalid'; readonly range: string }>> {
  const wrong = allowedRanges.find((range) => parseIpRange(range) === null);
  if (wrong !== undefined) return refuse({ code: 'ip_range_invalid', range: wrong });
  const [row] = await tx.query<{ before: string[] }>(
    'select allowed_ranges as before from access.api_client where operator_id = $1 and api_client_id = $2 for update', [tx.operatorIds[0], apiClientId]);
  if (!row) return refuse({ code: 'api_client_not_found' });
  await tx.execute('update access.api_client set allowed_ranges = $3 where operator_id = $1 and api_client_id = $2', [tx.operatorIds[0], apiClientId, allowedRanges]);
  return ok(row);
}

/** Ends a key at once and for good. Revoking twice changes nothing. */
export async function revokeApiClient(tx: Tx, apiClientId: string, { clock }: { clock: Clock }): Promise<Result<null, { readonly code: 'api_client_not_found' }>> {
  const revoked = await tx.execute('update access.api_client set revoked_at = coalesce(revoked_at, $3) where operator_id = $1 and api_client_id = $2',
    [tx.operatorIds[0], apiClientId, sqlTimestamp(clock.now())]);
  return revoked === 1 ? ok(null) : refuse({ code: 'api_client_not_found' });
}
