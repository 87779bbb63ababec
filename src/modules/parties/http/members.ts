import { Type, type Static } from 'typebox';
import type { MemberId } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import {
  Body, decodeCursor, encodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NoContent, NullOr, orNull, Page, pageQuery, type Api,
} from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { changeMember, eraseMember, setMemberStatus } from '../commands/change-member.ts';
import { registerMember } from '../commands/create-member.ts';
import type { Credential, Member } from '../domain/member.ts';
import { listCredentials, loadMembers } from '../queries/members.ts';
import { searchMembers } from '../queries/search-members.ts';
import { visibleMember } from './visible-member.ts';
import { CredentialJson, credentialToJson } from './credentials.ts';

export const MemberJson = Type.Object({
  memberId: IdJson('mem'), displayName: NullOr(Type.String({ description: 'null when the person was erased.' })), phone: NullOr(Type.String()),
  departmentId: NullOr(IdJson('dept')), subOperatorId: NullOr(IdJson('sub')), status: Type.Enum(['active', 'frozen'], { type: 'string' }), createdAt: InstantJson,
}, { title: 'Member' });
const MemberDetail = Type.Object({ ...MemberJson.properties, credentials: Type.Array(CredentialJson) }, { title: 'MemberDetail' });
const MemberParams = Type.Object({ memberId: Type.String() });
const Reason = Type.String({ minLength: 3, maxLength: 2000, description: 'Why; kept in the audit log.' });
const DisplayName = Type.String({ minLength: 1, maxLength: 200 });
const Phone = Type.String({ minLength: 5, maxLength: 30 });

export function registerMemberRoutes(api: Api): void {
  registerReads(api);
  registerChanges(api);
  registerFreezing(api);
}

function registerReads(api: Api): void {
  api.route({
    method: 'GET', path: '/members', operationId: 'listMembers', tag: 'members', summary: 'Members, newest first, or those who fit a search',
    description: 'Names are encrypted, so a page of a search by name can hold fewer than `limit` and still have a `nextCursor`.',
    permission: 'members:read', audience: 'operator', subOperatorScoped: true,
    query: Type.Object({
      ...pageQuery, q: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'A part of the name, a whole phone number or a whole card number.' })),
      status: Type.Optional(Type.Enum(['active', 'frozen'], { type: 'string' })), departmentId: Type.Optional(IdJson('dept')), subOperatorId: Type.Optional(IdJson('sub')),
    }),
    response: Page(MemberJson),
    handler: async (tx, { query, subOperators }) => {
      const before = decodeCursor(query.cursor, ['uuid'])?.[0] as MemberId | undefined;
      const asked = query.subOperatorId === undefined ? undefined : idFromJson('sub', query.subOperatorId, 'sub_operator_not_found');
      const allowed = subOperators === 'operator' ? (asked === undefined ? undefined : [asked]) : subOperators.filter((id) => asked === undefined || id === asked);
      const { members, next } = await searchMembers(tx, {
        limit: query.limit, ...(before ? { before } : {}), ...(query.q ? { text: query.q } : {}), ...(query.status ? { status: query.status } : {}),
        ...(query.departmentId ? { departmentId: idFromJson('dept', query.departmentId, 'department_not_found') } : {}), ...(allowed ? { subOperatorIds: allowed } : {}),
      });
      return { items: members.map(memberToJson), nextCursor: next === null ? null : encodeCursor([next]) };
    },
  });
  api.route({
    method: 'GET', path: '/members/:memberId', operationId: 'getMember', tag: 'members', summary: 'One member with cards and other credentials',
    permission: 'members:read', audience: 'operator', subOperatorScoped: true, params: MemberParams, response: MemberDetail, errors: ['member_not_found'],
    handler: async (tx, call) => {
      const member = await visibleMember(tx, call);
      return detailToJson(member, await listCredentials(tx, member.memberId));
    },
  });
}

function registerChanges(api: Api): void {
  api.route({
    method: 'POST', path: '/members', operationId: 'createMember', tag: 'members', summary: 'Register a member',
    permission: 'members:write', audience: 'operator', subOperatorScoped: true,
    body: Body({
      displayName: DisplayName, phone: Type.Optional(NullOr(Phone)), departmentId: Type.Optional(NullOr(IdJson('dept'))), subOperatorId: Type.Optional(NullOr(IdJson('sub'))),
    }),
    response: MemberJson, status: 201, errors: ['display_name_invalid', 'phone_invalid', 'department_not_found', 'sub_operator_not_found', 'phone_taken'],
    handler: async (tx, call) => {
      const { displayName, phone, ...units } = call.body;
      const placed = placement(units);
      if (call.subOperators !== 'operator' && !call.subOperators.includes(placed.subOperatorId ?? '')) throw problem('outside_your_sub_operator');
      const registered = await registerMember(tx, { displayName, phone: phone ?? null, ...placed });
      if (!registered.ok && registered.error.code === 'phone_taken') throw problem('phone_taken', { data: { memberId: idToJson('mem', registered.error.memberId) } });
      const memberId = orProblem(registered);
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'parties.create_member', subject: { kind: 'member', id: memberId }, after: { ...placed } }, call);
      announce(tx, 'members');
      return memberToJson((await loadMembers(tx, [memberId])).get(memberId)!);
    },
  });
  api.route({
    method: 'PATCH', path: '/members/:memberId', operationId: 'changeMember', tag: 'members', summary: 'Change a member; what is not sent stays',
    permission: 'members:write', audience: 'operator', subOperatorScoped: true, params: MemberParams,
    body: Body({
      displayName: Type.Optional(DisplayName), phone: Type.Optional(NullOr(Phone)), departmentId: Type.Optional(NullOr(IdJson('dept'))), subOperatorId: Type.Optional(NullOr(IdJson('sub'))),
    }),
    response: MemberJson, errors: ['member_not_found', 'member_erased', 'display_name_invalid', 'phone_invalid', 'department_not_found', 'sub_operator_not_found', 'phone_taken'],
    handler: async (tx, call) => {
      const before = await visibleMember(tx, call);
      const { displayName, phone, ...units } = call.body;
      const placed = placement(units);
      // Whoever is limited to a sub-operator neither takes a member away from it nor gives one to another.
      if (call.subOperators !== 'operator' && placed.subOperatorId !== undefined && !call.subOperators.includes(placed.subOperatorId ?? '')) throw problem('outside_your_sub_operator');
      const change = { ...(displayName === undefined ? {} : { displayName }), ...(phone === undefined ? {} : { phone }), ...placed };
      orProblem(await changeMember(tx, before.memberId, change));
      const after = (await loadMembers(tx, [before.memberId])).get(before.memberId)!;
      // The log says that a name or number changed, not from what to what: it is kept longer than a person may want.
      const state = (member: Member) => ({ departmentId: member.departmentId, subOperatorId: member.subOperatorId });
      await recordAct(tx, {
        actor: call.actor, from: call.from, act: 'parties.change_member', subject: { kind: 'member', id: before.memberId }, before: state(before),
        after: { ...state(after), nameChanged: before.displayName !== after.displayName, numberChanged: before.phone !== after.phone },
      }, call);
      announce(tx, 'members');
      return memberToJson(after);
    },
  });
  api.route({
    method: 'POST', path: '/members/:memberId/erasure', operationId: 'eraseMember', tag: 'members', summary: 'Erase a person on their request: for good',
    description: 'Destroys the key of their name, phone and cards. Amounts and energy stay. The account is frozen.',
    permission: 'members:erase', audience: 'console', params: MemberParams, body: Body({ reason: Reason }), response: NoContent, status: 204, errors: ['member_not_found', 'member_erased'],
    handler: async (tx, call) => {
      const { memberId } = await visibleMember(tx, call);
      orProblem(await eraseMember(tx, { memberId, erasedBy: call.principal.id, reason: call.body.reason, at: call.clock.now() }));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'parties.erase_member', subject: { kind: 'member', id: memberId }, reason: call.body.reason }, call);
      announce(tx, 'members');
      return null;
    },
  });
}

function registerFreezing(api: Api): void {
  for (const [verb, status, summary] of [['freeze', 'frozen', 'Freeze a member: no new charging, no spending'], ['unfreeze', 'active', 'Let a frozen member act again']] as const) {
    api.route({
      method: 'POST', path: `/members/:memberId/${verb}`, operationId: `${verb}Member`, tag: 'members', summary, idempotency: 'natural',
      permission: 'members:write', audience: 'operator', subOperatorScoped: true, params: MemberParams, body: Body({ reason: Reason }), response: MemberJson, errors: ['member_not_found', 'member_erased'],
      handler: async (tx, call) => {
        const { memberId, displayName } = await visibleMember(tx, call);
        if (status === 'active' && displayName === null) throw problem('member_erased');
        const { before } = orProblem(await setMemberStatus(tx, memberId, status));
        if (before !== status) {
          await recordAct(tx, {
            actor: call.actor, from: call.from, act: `parties.${verb}_member`, subject: { kind: 'member', id: memberId }, before: { status: before }, after: { status }, reason: call.body.reason,
          }, call);
          announce(tx, 'members');
        }
        return memberToJson((await loadMembers(tx, [memberId])).get(memberId)!);
      },
    });
  }
}

type Units = { departmentId?: string | null; subOperatorId?: string | null };
const placement = ({ departmentId, subOperatorId }: Units): Units => ({
  ...(departmentId === undefined ? {} : { departmentId: orNull(departmentId, (id) => idFromJson('dept', id, 'department_not_found')) }),
  ...(subOperatorId === undefined ? {} : { subOperatorId: orNull(subOperatorId, (id) => idFromJson('sub', id, 'sub_operator_not_found')) }),
});

const memberToJson = (member: Member): Static<typeof MemberJson> => ({
  memberId: idToJson('mem', member.memberId), displayName: member.displayName, phone: member.phone, departmentId: orNull(member.departmentId, (id) => idToJson('dept', id)),
  subOperatorId: orNull(member.subOperatorId, (id) => idToJson('sub', id)), status: member.status, createdAt: instantToJson(member.createdAt),
});
const detailToJson = (member: Member, credentials: readonly Credential[]): Static<typeof MemberDetail> => ({ ...memberToJson(member), credentials: credentials.map(credentialToJson) });
