import { ok, refuse, type Instant, type Result } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { onlyOperator } from '../only-operator.ts';

export type BelongRejection = { readonly code: 'belonging_overlaps' };
const KINDS = {
  vehicle_fleet: { subject: 'vehicle_id', to: 'fleet_id' },
  member_department: { subject: 'member_id', to: 'department_id' },
} as const;

/**
 * From `validFrom` on, a vehicle is of a fleet or a member of a department (null: of none). What was open ends there; something that begins later or at the same time is in
 * the way. To where it is already: nothing changes. The subject's row must be locked.
 * @param validFrom 'always' for the first one; null for now, by the database's clock.
 */
export async function belong(tx: Tx, kind: keyof typeof KINDS, of: { readonly subjectId: string; readonly toId: string | null; readonly validFrom: Instant | 'always' | null }): Promise<Result<null, BelongRejection>> {
  const { subject, to } = KINDS[kind];
  const operatorId = onlyOperator(tx);
  const [from] = await tx.query<{ at: string }>('select coalesce($1::timestamptz, clock_timestamp())::text as at', [of.validFrom === 'always' ? '-infinity' : of.validFrom === null ? null : sqlTimestamp(of.validFrom)]);
  const inTheWay = await tx.query<{ assignmentId: string; toId: string | null; ends: boolean; later: boolean }>(
    `select assignment_id as "assignmentId", ${to} as "toId", valid_to is not null as ends, valid_from >= $3::timestamptz as later from parties.${kind}
     where operator_id = $1 and ${subject} = $2 and tstzrange(valid_from, valid_to) && tstzrange($3::timestamptz, null) order by valid_from`, [operatorId, of.subjectId, from!.at]);
  if (inTheWay.length === 1 && inTheWay[0]!.toId === of.toId && !inTheWay[0]!.ends && !inTheWay[0]!.later) return ok(null);
  if (inTheWay.some(({ ends, later }) => ends || later)) return refuse({ code: 'belonging_overlaps' });
  if (inTheWay[0]) await tx.execute(`update parties.${kind} set valid_to = $3::timestamptz where operator_id = $1 and assignment_id = $2`, [operatorId, inTheWay[0].assignmentId, from!.at]);
  if (inTheWay[0] || of.toId !== null) {
    await tx.execute(`insert into parties.${kind} (operator_id, assignment_id, ${subject}, ${to}, valid_from) values ($1, $2, $3, $4, $5::timestamptz)`, [operatorId, newUuid(), of.subjectId, of.toId, from!.at]);
  }
  return ok(null);
}
