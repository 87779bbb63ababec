import { assert, ok, refuse, type Instant, type Result } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import type { Tx } from '../../platform/database/index.ts';
import { onlyOperator } from './only-operator.ts';

/** Lists of an operator's own organisation are short; more than this is an import gone wrong. */
export const ORGANISATION_UNITS_MAX = 5_000;
/** How deep departments may be nested. */
export const DEPARTMENT_DEPTH_MAX = 16;

export type SubOperator = { readonly subOperatorId: string; readonly name: string; readonly createdAt: Instant };
export type Department = {
  readonly departmentId: string; readonly name: string; readonly parentId: string | null; readonly paysFromParent: boolean; readonly createdAt: Instant;
};

/** A part of the operator with its own stations and its own people; bindings of stations to it are with `locations`. */
export async function createSubOperator(tx: Tx, { name }: { name: string }): Promise<Result<string, { readonly code: 'sub_operator_name_taken' }>> {
  const subOperatorId = newUuid();
  const inserted = await tx.execute(
    'insert into parties.sub_operator (operator_id, sub_operator_id, name) values ($1, $2, $3) on conflict (operator_id, name) do nothing', [onlyOperator(tx), subOperatorId, name.trim()]);
  return inserted === 1 ? ok(subOperatorId) : refuse({ code: 'sub_operator_name_taken' });
}

export const listSubOperators = (tx: Tx): Promise<SubOperator[]> =>
  tx.query<SubOperator>(
    `select sub_operator_id as "subOperatorId", name, created_at as "createdAt" from parties.sub_operator where operator_id = $1 order by name limit ${ORGANISATION_UNITS_MAX}`, [onlyOperator(tx)]);

export type NewDepartment = { readonly name: string; readonly parentId?: string | null; readonly paysFromParent?: boolean };
export type CreateDepartmentRejection = { readonly code: 'department_needs_parent' } | { readonly code: 'department_not_found' } | { readonly code: 'department_too_deep' } | { readonly code: 'department_name_taken' };

/** A customer's department, whose members may pay from its account or its parent's. Checks in this order: has a parent to pay from, parent exists, depth, name taken. */
export async function createDepartment(tx: Tx, department: NewDepartment): Promise<Result<string, CreateDepartmentRejection>> {
  const operatorId = onlyOperator(tx);
  const parentId = department.parentId ?? null;
  if (department.paysFromParent && parentId === null) return refuse({ code: 'department_needs_parent' });
  const parentDepth = parentId === null ? 0 : await depthOf(tx, parentId);
  if (parentId !== null && parentDepth === 0) return refuse({ code: 'department_not_found' });
  if (parentDepth >= DEPARTMENT_DEPTH_MAX) return refuse({ code: 'department_too_deep' });
  const departmentId = newUuid();
  const inserted = await tx.execute(
    `insert into parties.department (operator_id, department_id, name, parent_id, pays_from_parent) values ($1, $2, $3, $4, $5)
     on conflict (operator_id, parent_id, name) do nothing`, [operatorId, departmentId, department.name.trim(), parentId, department.paysFromParent ?? false]);
  return inserted === 1 ? ok(departmentId) : refuse({ code: 'department_name_taken' });
}

export const listDepartments = (tx: Tx): Promise<Department[]> =>
  tx.query<Department>(
    `select department_id as "departmentId", name, parent_id as "parentId", pays_from_parent as "paysFromParent", created_at as "createdAt"
     from parties.department where operator_id = $1 order by name, department_id limit ${ORGANISATION_UNITS_MAX}`, [onlyOperator(tx)]);

/**
 * The department whose account pays for this one: itself, or the nearest above that does not pass the bill on.
 * @throws AssertionFault when there is no such department.
 */
export async function payingDepartment(tx: Tx, departmentId: string): Promise<string> {
  const [row] = await tx.query<{ departmentId: string }>(
    `with recursive chain as (
       select department_id, parent_id, pays_from_parent, 1 as depth from parties.department where operator_id = $1 and department_id = $2
       union all
       select above.department_id, above.parent_id, above.pays_from_parent, chain.depth + 1
       from chain join parties.department above on above.operator_id = $1 and above.department_id = chain.parent_id
       where chain.pays_from_parent and chain.depth <= ${DEPARTMENT_DEPTH_MAX})
     select department_id as "departmentId" from chain where not pays_from_parent order by depth limit 1`, [onlyOperator(tx), departmentId]);
  assert(row, `no such department: ${departmentId}`);
  return row.departmentId;
}

/** How many departments there are from this one up to the top; 0 when it does not exist. */
async function depthOf(tx: Tx, departmentId: string): Promise<number> {
  const [row] = await tx.query<{ depth: bigint }>(
    `with recursive chain as (
       select parent_id, 1 as depth from parties.department where operator_id = $1 and department_id = $2
       union all
       select above.parent_id, chain.depth + 1 from chain join parties.department above on above.operator_id = $1 and above.department_id = chain.parent_id
       where chain.depth <= ${DEPARTMENT_DEPTH_MAX})
     select count(*) as depth from chain`, [onlyOperator(tx), departmentId]);
  return Number(row?.depth ?? 0n);
}
