import { Type, type Static } from 'typebox';
import { decodeId, encodeId, instant, type IdPrefix } from '../../kernel/index.ts';
import { decodeCursor, IdJson, idToJson, InstantJson, instantFromJson, instantToJson, NullOr, Page, pageQuery, toPage, type Api } from '../http/index.ts';
import { loadActorNames, type ActorNames, type NameActors } from './actor-names.ts';
import { listActs, type AuditEntry, type AuditFilter } from './list-acts.ts';

/** How a record of each kind is shown outside; a kind that is not here shows its id as it is. */
const SUBJECT_PREFIXES: Readonly<Record<string, IdPrefix>> = {
  operator: 'op', sub_operator: 'sub', department: 'dept', member: 'mem', credential: 'tag', user: 'usr', role: 'role', web_session: 'ses', api_client: 'key',
  station: 'sta', charge_point: 'cp', connector: 'con', tariff: 'tar', session: 'chg', bill: 'bill', top_up: 'top', approval: 'apr',
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const Actor = Type.Object({
  kind: Type.Enum(['user', 'api_client', 'system'], { type: 'string' }), id: NullOr(Type.String()),
  name: NullOr(Type.String({ description: 'As it is today; null for the system and for somebody erased.' })),
}, { title: 'AuditActor' });
const Entry = Type.Object({
  entryId: IdJson('aud'), recordedAt: InstantJson, actor: Actor, ip: NullOr(Type.String()), userAgent: NullOr(Type.String()), act: Type.String(),
  subject: Type.Object({ kind: Type.String(), id: Type.String() }),
  before: NullOr(Type.Record(Type.String(), Type.Unknown())), after: NullOr(Type.Record(Type.String(), Type.Unknown())),
  reason: NullOr(Type.String()), requestId: NullOr(Type.String()),
}, { title: 'AuditEntry' });

export function registerAuditLogRoutes(api: Api, { nameActors }: { nameActors: NameActors }): void {
  api.route({
    method: 'GET', path: '/audit-entries', operationId: 'listAuditEntries', tag: 'audit log', summary: 'Who did what, when, from where: newest first',
    permission: 'audit_log:read', audience: 'operator',
    query: Type.Object({
      ...pageQuery,
      actorId: Type.Optional(Type.String({ maxLength: 64, description: 'Who did it, or asked for what a second person then did.' })),
      amountMinor: Type.Optional(Type.String({ pattern: '^-?\\d{1,19}$', description: 'The amount that the act moved, in minor units.' })),
      act: Type.Optional(Type.String({ pattern: '^[a-z_]+(\\.[a-z_]+)?$', description: 'An act (`wallets.top_up`) or a whole module (`wallets`).' })),
      subjectKind: Type.Optional(Type.String({ pattern: '^[a-z_]+$' })), subjectId: Type.Optional(Type.String({ maxLength: 128 })),
      ip: Type.Optional(Type.String({ maxLength: 64 })), from: Type.Optional(InstantJson), to: Type.Optional(InstantJson),
      reason: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Words of the reason.' })),
    }),
    response: Page(Entry),
    handler: async (tx, call) => {
      const { limit } = call.query;
      const rows = await listActs(tx, filterOf(call.query), limit + 1);
      const names = await loadActorNames(tx, nameActors, rows.map(({ actorId }) => actorId));
      return toPage(rows, limit, (row) => toJson(row, names), (row) => [row.recordedAt, row.entryId]);
    },
  });
}

type Query = { actorId?: string; amountMinor?: string; act?: string; subjectKind?: string; subjectId?: string; ip?: string; from?: string; to?: string; reason?: string; cursor?: string };
function filterOf({ actorId, amountMinor, from, to, cursor, subjectId, limit: _limit, ...rest }: Query & { limit: number }): AuditFilter {
  const before = decodeCursor(cursor, ['number', 'uuid']);
  return {
    ...rest,
    // An id that cannot exist finds nothing, which is what it should find.
    ...(actorId === undefined ? {} : { actorId: decodeId('usr', actorId) ?? decodeId('key', actorId) ?? '00000000-0000-0000-0000-000000000000' }),
    ...(amountMinor === undefined ? {} : { amountMinor: BigInt(amountMinor) }),
    ...(subjectId === undefined ? {} : { subjectId: bareId(subjectId) }),
    ...(from === undefined ? {} : { from: instantFromJson(from) }), ...(to === undefined ? {} : { to: instantFromJson(to) }),
    ...(before === null ? {} : { before: { recordedAt: instant(before[0]), entryId: before[1] } }),
  };
}

const bareId = (text: string): string => {
  const prefix = Object.values(SUBJECT_PREFIXES).find((known) => text.startsWith(`${known}_`));
  return (prefix && decodeId(prefix, text)) ?? text;
};

const toJson = (entry: AuditEntry, names: ActorNames): Static<typeof Entry> => {
  const prefix = SUBJECT_PREFIXES[entry.subjectKind];
  return {
    entryId: idToJson('aud', entry.entryId), recordedAt: instantToJson(entry.recordedAt),
    actor: {
      kind: entry.actorKind, id: entry.actorId === null ? null : encodeId(entry.actorKind === 'user' ? 'usr' : 'key', entry.actorId),
      name: entry.actorId === null ? null : names.name(entry.actorId),
    },
    ip: entry.ip, userAgent: entry.userAgent, act: entry.act,
    subject: { kind: entry.subjectKind, id: prefix && UUID.test(entry.subjectId) ? encodeId(prefix, entry.subjectId) : entry.subjectId },
    before: entry.before, after: entry.after, reason: entry.reason, requestId: entry.requestId,
  };
};
