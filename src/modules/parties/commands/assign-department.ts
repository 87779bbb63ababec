import { refuse, type Clock, type Instant, type MemberId, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { onlyOperator } from '../only-operator.ts';
import { belong, type BelongRejection } from './belong.ts';

export type AssignDepartmentRejection = BelongRejection | { readonly code: 'member_not_found' } | { readonly code: 'department_not_found' } | { readonly code: 'valid_from_in_future' };

/** From when on a member is of a department, now or from a day in the past; null: of none. Refusals in the order member, department, date, overlap. What was reported stays as it was. */
export async function assignDepartment(
  tx: Tx, of: { readonly memberId: MemberId; readonly departmentId: string | null; readonly validFrom: Instant }, { clock }: { readonly clock: Clock },
): Promise<Result<null, AssignDepartmentRejection>> {
  const operatorId = onlyOperator(tx);
  if ((await tx.query('select 1 from parties.member where operator_id = $1 and member_id = $2 for update', [operatorId, of.memberId])).length === 0) return refuse({ code: 'member_not_found' });
  if (of.departmentId !== null && (await tx.query('select 1 from parties.department where operator_id = $1 and department_id = $2', [operatorId, of.departmentId])).length === 0) return refuse({ code: 'department_not_found' });
  // The member's own row says where they are now, so a date to come would need somebody to turn it over then.
  if (of.validFrom > clock.now()) return refuse({ code: 'valid_from_in_future' });
  const done = await belong(tx, 'member_department', { subjectId: of.memberId, toId: of.departmentId, validFrom: of.validFrom });
  if (done.ok) await tx.execute('update parties.member set department_id = $3 where operator_id = $1 and member_id = $2', [operatorId, of.memberId, of.departmentId]);
  return done;
}
