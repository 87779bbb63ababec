import { assert, type Instant } from '../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../database/index.ts';

export type AuditEntry = {
  readonly entryId: string;
  readonly recordedAt: Instant;
  readonly actorKind: 'user' | 'api_client' | 'system';
  readonly actorId: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly act: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly reason: string | null;
  readonly requestId: string | null;
};

export type AuditFilter = {
  /** Who did it, or asked for what a second person then did. */
  readonly actorId?: string;
  /** The amount that the act moved, in minor units. */
  readonly amountMinor?: bigint;
  /** An act (`wallets.top_up`) or a whole module (`wallets`). */
  readonly act?: string;
  readonly subjectKind?: string;
  readonly subjectId?: string;
  readonly ip?: string;
  readonly from?: Instant;
  readonly to?: Instant;
  /** Words of the reason, in any case. */
  readonly reason?: string;
  /** Keyset of the last entry seen. */
  readonly before?: { readonly recordedAt: Instant; readonly entryId: string };
};

/** Entries of the operator, newest first, at most `limit`. */
export async function listActs(tx: Tx, filter: AuditFilter, limit: number): Promise<AuditEntry[]> {
  assert(tx.operatorIds.length === 1, 'the audit log is read operator by operator');
  const values: unknown[] = [tx.operatorIds[0]];
  const conditions = ['operator_id = $1'];
  const where = (condition: (parameter: string) => string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  where((p) => `(actor_id = ${p}::uuid or after ->> 'askedBy' = ${p}::text)`, filter.actorId);
  where((p) => `after ->> 'amountMinor' = ${p}`, filter.amountMinor === undefined ? undefined : String(filter.amountMinor));
  if (filter.act !== undefined) where((p) => (filter.act!.includes('.') ? `act = ${p}` : `act like ${p}`), filter.act.includes('.') ? filter.act : `${likePattern(filter.act)}.%`);
  where((p) => `subject_kind = ${p}`, filter.subjectKind);
  where((p) => `subject_id = ${p}`, filter.subjectId);
  where((p) => `host(ip) = ${p}`, filter.ip);
  where((p) => `recorded_at >= ${p}`, filter.from === undefined ? undefined : sqlTimestamp(filter.from));
  where((p) => `recorded_at < ${p}`, filter.to === undefined ? undefined : sqlTimestamp(filter.to));
  where((p) => `reason ilike ${p}`, filter.reason === undefined ? undefined : `%${likePattern(filter.reason)}%`);
  if (filter.before) {
    values.push(sqlTimestamp(filter.before.recordedAt), filter.before.entryId);
    conditions.push(`(recorded_at, entry_id) < ($${values.length - 1}, $${values.length}::uuid)`);
  }
  values.push(limit);
  return tx.query<AuditEntry>(
    `select entry_id as "entryId", recorded_at as "recordedAt", actor_kind as "actorKind", actor_id as "actorId", host(ip) as ip, user_agent as "userAgent", act,
       subject_kind as "subjectKind", subject_id as "subjectId", before, after, reason, request_id as "requestId"
     from platform.audit_entry where ${conditions.join(' and ')} order by recorded_at desc, entry_id desc limit $${values.length}`, values);
}

const likePattern = (text: string): string => text.replaceAll(/[\\%_]/g, (char) => `\\${char}`);
