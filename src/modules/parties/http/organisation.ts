import { Type } from 'typebox';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { orProblem } from '../../../platform/errors/index.ts';
import { Body, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NullOr, orNull, type Api } from '../../../platform/http/index.ts';
import { createDepartment, createSubOperator, listDepartments, listSubOperators, type Department, type SubOperator } from '../organisation.ts';

const Name = Type.String({ minLength: 1, maxLength: 200 });
const SubOperatorJson = Type.Object({ subOperatorId: IdJson('sub'), name: Type.String(), createdAt: InstantJson }, { title: 'SubOperator' });
const DepartmentJson = Type.Object({
  departmentId: IdJson('dept'), name: Type.String(), parentId: NullOr(IdJson('dept')), paysFromParent: Type.Boolean(), createdAt: InstantJson,
}, { title: 'Department' });

export function registerOrganisationRoutes(api: Api): void {
  registerSubOperators(api);
  registerDepartments(api);
}

function registerSubOperators(api: Api): void {
  api.route({
    method: 'GET', path: '/sub-operators', operationId: 'listSubOperators', tag: 'organisation', summary: 'All sub-operators, by name',
    permission: 'organisation:read', audience: 'operator', subOperatorScoped: true, response: Type.Object({ items: Type.Array(SubOperatorJson) }),
    handler: async (tx, { subOperators }) => {
      const all = await listSubOperators(tx);
      return { items: all.filter(({ subOperatorId }) => subOperators === 'operator' || subOperators.includes(subOperatorId)).map(subOperatorToJson) };
    },
  });
  api.route({
    method: 'POST', path: '/sub-operators', operationId: 'createSubOperator', tag: 'organisation', summary: 'Make a sub-operator',
    permission: 'organisation:write', audience: 'operator', body: Body({ name: Name }), response: SubOperatorJson, status: 201, errors: ['sub_operator_name_taken'],
    handler: async (tx, call) => {
      const subOperatorId = orProblem(await createSubOperator(tx, call.body));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'parties.create_sub_operator', subject: { kind: 'sub_operator', id: subOperatorId }, after: { name: call.body.name } }, call);
      return subOperatorToJson((await listSubOperators(tx)).find((unit) => unit.subOperatorId === subOperatorId)!);
    },
  });
}

function registerDepartments(api: Api): void {
  api.route({
    method: 'GET', path: '/departments', operationId: 'listDepartments', tag: 'organisation', summary: 'All departments of customers, by name',
    permission: 'organisation:read', audience: 'operator', response: Type.Object({ items: Type.Array(DepartmentJson) }),
    handler: async (tx) => ({ items: (await listDepartments(tx)).map(departmentToJson) }),
  });
  api.route({
    method: 'POST', path: '/departments', operationId: 'createDepartment', tag: 'organisation', summary: 'Make a department, which may pay from its parent’s account',
    permission: 'organisation:write', audience: 'operator',
    body: Body({ name: Name, parentId: Type.Optional(NullOr(IdJson('dept'))), paysFromParent: Type.Optional(Type.Boolean()) }),
    response: DepartmentJson, status: 201, errors: ['department_needs_parent', 'department_not_found', 'department_too_deep', 'department_name_taken'],
    handler: async (tx, call) => {
      const { name, paysFromParent = false } = call.body;
      const parentId = orNull(call.body.parentId ?? null, (id) => idFromJson('dept', id, 'department_not_found'));
      const departmentId = orProblem(await createDepartment(tx, { name, parentId, paysFromParent }));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'parties.create_department', subject: { kind: 'department', id: departmentId }, after: { name, parentId, paysFromParent } }, call);
      return departmentToJson((await listDepartments(tx)).find((unit) => unit.departmentId === departmentId)!);
    },
  });
}

const subOperatorToJson = (unit: SubOperator) => ({ subOperatorId: idToJson('sub', unit.subOperatorId), name: unit.name, createdAt: instantToJson(unit.createdAt) });
const departmentToJson = (unit: Department) => ({
  departmentId: idToJson('dept', unit.departmentId), name: unit.name, parentId: orNull(unit.parentId, (id) => idToJson('dept', id)),
  paysFromParent: unit.paysFromParent, createdAt: instantToJson(unit.createdAt),
});
