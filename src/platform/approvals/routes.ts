import { Type, type Static } from 'typebox';
import { instant } from '../../kernel/index.ts';
import { problem } from '../errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NullOr, Page, pageQuery, toPage, type Api } from '../http/index.ts';
import { announce } from '../live-updates/index.ts';
import { decideApproval, loadApprovals, type Approval, type ApprovalKinds } from './approvals.ts';

const State = Type.Enum(['pending', 'approved', 'refused', 'expired'], { type: 'string' });
const ApprovalJson = Type.Object({
  approvalId: IdJson('apr'), kind: Type.String(), payload: Type.Record(Type.String(), Type.Unknown()), subject: Type.Object({ kind: Type.String(), id: Type.String() }),
  reason: Type.String(), rule: Type.String(), requestedBy: Type.String(), requestedAt: InstantJson, expiresAt: InstantJson, state: State,
  decidedBy: NullOr(IdJson('usr')), decidedAt: NullOr(InstantJson), decisionNote: NullOr(Type.String()), outcome: NullOr(Type.Record(Type.String(), Type.Unknown())),
}, { title: 'Approval' });

export function registerApprovalRoutes(api: Api, { kinds }: { kinds: ApprovalKinds }): void {
  api.route({
    method: 'GET', path: '/approvals', operationId: 'listApprovals', tag: 'approvals', summary: 'Acts that wait for a second person, and how earlier ones were decided',
    permission: 'approvals:read', audience: 'operator', query: Type.Object({ ...pageQuery, state: Type.Optional(State) }), response: Page(ApprovalJson),
    handler: async (tx, { query, clock }) => {
      const before = decodeCursor(query.cursor, ['number', 'uuid']);
      const rows = await loadApprovals(tx, {
        limit: query.limit + 1, ...(query.state ? { state: query.state } : {}), ...(before ? { before: { requestedAt: instant(before[0]), approvalId: before[1] } } : {}),
      }, clock.now());
      return toPage(rows, query.limit, toJson, (row) => [row.requestedAt, row.approvalId]);
    },
  });
  api.route({
    method: 'GET', path: '/approvals/:approvalId', operationId: 'getApproval', tag: 'approvals', summary: 'One request for approval',
    permission: 'approvals:read', audience: 'operator', params: Type.Object({ approvalId: Type.String() }), response: ApprovalJson, errors: ['approval_not_found'],
    handler: async (tx, { params, clock }) => {
      const [approval] = await loadApprovals(tx, { approvalId: idFromJson('apr', params.approvalId, 'approval_not_found') }, clock.now());
      if (!approval) throw problem('approval_not_found');
      return toJson(approval);
    },
  });
  api.route({
    method: 'POST', path: '/approvals/:approvalId/decision', operationId: 'decideApproval', tag: 'approvals', summary: 'Approve or refuse what another person asked for',
    description: 'An approved act is done in the same moment. Whoever asked cannot decide.',
    permission: 'approvals:decide', audience: 'console', params: Type.Object({ approvalId: Type.String() }),
    body: Body({ decision: Type.Enum(['approve', 'refuse'], { type: 'string' }), note: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })) }),
    response: ApprovalJson, errors: ['approval_not_found', 'approval_already_decided', 'approval_expired', 'approval_by_requester', 'approval_not_applicable'],
    handler: async (tx, call) => {
      const approvalId = idFromJson('apr', call.params.approvalId, 'approval_not_found');
      const decided = await decideApproval(tx, { approvalId, ...call.body, decidedBy: { kind: 'user', id: call.principal.id }, from: call.from }, { kinds, clock: call.clock });
      if (!decided.ok) {
        const { error } = decided;
        throw error.code === 'approval_not_applicable' ? problem(error.code, { detail: error.cause.code, data: { cause: error.cause } }) : problem(error.code);
      }
      announce(tx, 'approvals');
      return toJson(decided.value);
    },
  });
}

const toJson = (approval: Approval): Static<typeof ApprovalJson> => ({
  approvalId: idToJson('apr', approval.approvalId), kind: approval.kind, payload: approval.payload, subject: { kind: approval.subjectKind, id: approval.subjectId },
  reason: approval.reason, rule: approval.rule, requestedBy: idToJson(approval.requestedByKind === 'user' ? 'usr' : 'key', approval.requestedBy),
  requestedAt: instantToJson(approval.requestedAt), expiresAt: instantToJson(approval.expiresAt), state: approval.state,
  decidedBy: approval.decidedBy === null ? null : idToJson('usr', approval.decidedBy), decidedAt: approval.decidedAt === null ? null : instantToJson(approval.decidedAt),
  decisionNote: approval.decisionNote, outcome: approval.outcome,
});
