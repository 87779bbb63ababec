import { PERMISSIONS, type Permission } from './permission.ts';

type Operation = {
  readonly operationId: string; readonly summary?: string; readonly description?: string; readonly tags?: readonly string[];
  readonly 'x-permission'?: string | null; readonly 'x-audience'?: string; readonly responses?: Record<string, { readonly description?: string }>;
};
export type ListedOperation = { readonly method: string; readonly path: string; readonly operation: Operation };

/** The operations of a contract by tag, in the order of their paths. */
export function operationsByTag(document: Record<string, unknown>): Map<string, ListedOperation[]> {
  const byTag = new Map<string, ListedOperation[]>();
  for (const [path, methods] of Object.entries((document.paths ?? {}) as Record<string, Record<string, Operation>>)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? 'other';
      byTag.set(tag, [...(byTag.get(tag) ?? []), { method: method.toUpperCase(), path, operation }]);
    }
  }
  return new Map([...byTag].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** docs/reference/api.md as it must be: written by `node tools/contract.ts`, compared by a test. */
export function apiReference(document: Record<string, unknown>): string {
  const sections = [...operationsByTag(document)].flatMap(([tag, operations]) => [
    `## ${tag}`, '', '| Call | What it does | Needs |', '|---|---|---|',
    ...operations.map(({ method, path, operation }) => `| \`${method} ${path}\` | ${operation.summary ?? operation.operationId} | ${needs(operation)} |`), '',
  ]);
  const permissions = (Object.keys(PERMISSIONS) as Permission[]).map((permission) => `| \`${permission}\` | ${PERMISSIONS[permission][0]} | ${PERMISSIONS[permission][1]} |`);
  return [
    '# The HTTP API', '',
    'The contract is `contracts/openapi.yaml` (OpenAPI 3.1); a running server shows it under `/docs`. This page is made from it by `node tools/contract.ts`.', '',
    ...RULES, '', ...sections, '## Permissions', '', '| Permission | Allows | 允许 |', '|---|---|---|', ...permissions, '',
  ].join('\n');
}

const needs = (operation: Operation): string => {
  const audience = operation['x-audience'];
  if (audience === 'public') return 'nothing';
  const permission = operation['x-permission'];
  return `${permission ? `\`${permission}\`` : 'being logged in'}${audience === 'console' ? ' (people only)' : ''}`;
};

const RULES = [
  '- **Who calls**: people by the session cookie that `POST /api/v1/web-sessions` sets, together with the header `X-Kirchhoff-Console: 1` on unsafe calls; programs by `Authorization: Bearer <key>` of an API client.',
  '- **Once only**: a `POST` that creates something needs an `Idempotency-Key` (16–128 visible characters, a UUID is best). A retry with the same key within a day gets the first answer with `Idempotent-Replayed: true`; another request under the same key gets `idempotency_key_reused`; of two at the same time one acts.',
  '- **Numbers**: money is `{ amountMinor, currency }` in minor units, energy is watt-hours, both as decimal strings. Instants are ISO 8601 in UTC.',
  '- **Lists** answer `{ items, nextCursor }`; ask for the next page with `?cursor=`. `nextCursor` is null on the last one. `limit` is at most 200.',
  '- **Errors** are listed in [errors.md](errors.md). **Live changes** come as server-sent events from `/api/v1/events`.',
  '- **Versions**: what is under `/api/v1` is only added to. Something that goes is marked deprecated for at least two releases and answers with a `Deprecation` header until then.',
];
