import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type Statement = components['schemas']['SettlementStatement'];
export type StatementDetail = components['schemas']['SettlementStatementDetail'];
export type StatementState = components['schemas']['StatementState'];
export type SubjectKind = components['schemas']['StatementSubjectKind'];
export type StatementPart = keyof StatementDetail['parts'];

export const SUBJECT_KINDS: readonly SubjectKind[] = ['fleet', 'department', 'sub_operator'];
export const STATEMENT_STATES: readonly StatementState[] = ['draft', 'closing', 'closed', 'waived', 'withdrawn'];
export const STATEMENT_PARTS: readonly StatementPart[] = ['day', 'station', 'vehicle', 'start_mode'];

type Filter = { readonly kind?: string | undefined; readonly state?: string | undefined };
export const loadStatements = ({ kind, state }: Filter, cursor: string | undefined) => unwrap(api.GET('/api/v1/settlement-statements', {
  params: { query: { ...pageAt(cursor), ...(kind ? { subjectKind: kind as SubjectKind } : {}), ...(state ? { state: state as StatementState } : {}) } },
}));
const of = (statementId: string) => ({ path: { statementId } });
export const loadStatement = (statementId: string): Promise<StatementDetail> => unwrap(api.GET('/api/v1/settlement-statements/{statementId}', { params: of(statementId) }));
export type NewStatement = { readonly subjectKind: SubjectKind; readonly subjectId: string; readonly firstOn: string; readonly lastOn: string };
export const createStatement = (body: NewStatement, idempotencyKey: string): Promise<StatementDetail> => unwrap(api.POST('/api/v1/settlement-statements', { params: keyed(idempotencyKey), body }));
export const startClosing = ({ statementId, closesOn }: { statementId: string; closesOn: string }): Promise<StatementDetail> =>
  unwrap(api.POST('/api/v1/settlement-statements/{statementId}/closing', { params: of(statementId), body: { closesOn } }));
export const closeStatement = ({ statementId }: { statementId: string }, idempotencyKey: string): Promise<StatementDetail> =>
  unwrap(api.POST('/api/v1/settlement-statements/{statementId}/close', { params: { ...keyed(idempotencyKey), ...of(statementId) } }));
type Reasoned = { readonly statementId: string; readonly reason: string };
export const waiveStatement = ({ statementId, reason }: Reasoned, idempotencyKey: string): Promise<StatementDetail> =>
  unwrap(api.POST('/api/v1/settlement-statements/{statementId}/waiver', { params: { ...keyed(idempotencyKey), ...of(statementId) }, body: { reason } }));
export const withdrawStatement = ({ statementId, reason }: Reasoned): Promise<StatementDetail> =>
  unwrap(api.POST('/api/v1/settlement-statements/{statementId}/withdrawal', { params: of(statementId), body: { reason } }));
