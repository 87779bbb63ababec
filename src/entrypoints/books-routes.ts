import { Type, type Static } from 'typebox';
import type { Clock } from '../kernel/index.ts';
import type { AuditReport } from '../platform/books-audit/index.ts';
import { InstantJson, instantToJson, IntegerJson, type Api } from '../platform/http/index.ts';
import { runAudit } from './audit.ts';

const Count = Type.Integer({ minimum: 0 });
const FindingJson = Type.Object({
  check: Type.String({ description: 'Stable name of the invariant: `module.what_must_be_true`.' }), about: Type.String({ description: 'The invariant as a sentence.' }),
  checked: Count, failed: Count, offending: Type.Array(Type.String(), { description: 'Ids of what is wrong; a long list is cut, `failed` says how many there are.' }),
  figures: Type.Record(Type.String(), IntegerJson, { description: 'Amounts beside the verdict, e.g. metered, billed and unexplained Wh.' }),
}, { title: 'AuditFinding' });
const BooksJson = Type.Object({ ok: Type.Boolean(), checkedAt: InstantJson, tookMs: Count, findings: Type.Array(FindingJson) }, { title: 'Books' });

/** Whether the caller's books balance, asked now: the same audit as `kirchhoff audit`, in one snapshot of one operator. */
export function registerBooksRoutes(api: Api): void {
  api.routeWithoutTransaction({
    method: 'GET', path: '/books', operationId: 'auditBooks', tag: 'books', summary: 'Audit the books: every invariant with its count',
    description: 'Looks at every record of the operator as of one moment; the larger the books, the longer it takes.',
    permission: 'books:read', audience: 'operator', response: BooksJson,
    handler: async ({ database, clock, principal }) => {
      const startedAt = clock.now();
      return booksToJson(await runAudit(database, principal.operatorId), { startedAt, clock });
    },
  });
}

function booksToJson(report: AuditReport, { startedAt, clock }: { startedAt: ReturnType<Clock['now']>; clock: Clock }): Static<typeof BooksJson> {
  return {
    ok: report.ok, checkedAt: instantToJson(startedAt), tookMs: Math.max(0, clock.now() - startedAt),
    findings: report.findings.map(({ figures = {}, offending, ...finding }) => ({
      ...finding, offending: [...offending], figures: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)])),
    })),
  };
}
