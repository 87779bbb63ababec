/** One day of one account: how it stands, and a person's own file for it where the channel gives none. */
import { Type, type Static } from 'typebox';
import type { CurrencyCode } from '../../../kernel/index.ts';
import { actorIdOf, loadActorNames, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { IdJson, idFromJson, InstantJson, instantToJson, IntegerJson, type Api } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { loadBillAccount, STATEMENT_KINDS, type BillAccount } from '../../payments/index.ts';
import { STATEMENT_FILE_BYTES_MAX, uploadStatement } from '../commands/upload-statement.ts';
import { listDays, requestDayNow } from '../store/day-work.ts';
import { listStatements, type StoredStatement } from '../store/statements.ts';
import { DateJson, Day, dayToJson, today } from './day-json.ts';

const tag = 'reconciliation';
/** More versions of one day than a channel ever corrected. */
const STATEMENTS_LISTED_MAX = 50;
const FILE_NAME_LENGTH_MAX = 200;
const params = Type.Object({ merchantAccountId: IdJson('mch'), businessDate: DateJson });
const StatementJson = Type.Object({
  kind: Type.Enum([...STATEMENT_KINDS], { title: 'StatementKind' }), source: Type.Enum(['channel', 'upload'], { title: 'StatementSource' }), bytes: IntegerJson, sha256: Type.String({ description: 'Of the text, unpacked.' }),
  importedBy: Type.String(), importedAt: InstantJson,
}, { title: 'ChannelStatement' });
const DayStory = Type.Object({ day: Day, statements: Type.Array(StatementJson, { description: 'What was kept of the day, newest first; the newest of a kind counts.' }) }, { title: 'ReconciliationDayStory' });
const Uploaded = Type.Object({ isNew: Type.Boolean({ description: 'False when the same text was here already: nothing was changed.' }), ...DayStory.properties }, { title: 'UploadedStatement' });

export type DayRouteOptions = { readonly nameActors: NameActors; readonly currencyOf: (tx: Tx) => Promise<CurrencyCode> };

export function registerDay(api: Api, options: DayRouteOptions): void {
  api.route({
    method: 'GET', path: '/merchant-accounts/:merchantAccountId/reconciliation-days/:businessDate', operationId: 'getReconciliationDay', tag, summary: 'One day of one account, with the statements that are kept of it',
    description: 'A day that nobody has asked for yet has neither work nor report.', permission: 'payments:read', audience: 'operator', params, response: DayStory, errors: ['merchant_account_not_found'],
    handler: async (tx, call) => {
      const { merchantAccountId } = await accountOf(tx, call.params.merchantAccountId);
      return storyOf(tx, { merchantAccountId, asked: call.params.merchantAccountId, businessDate: call.params.businessDate }, options);
    },
  });
  registerUpload(api, options);
}

function registerUpload(api: Api, options: DayRouteOptions): void {
  api.uploadRoute({
    method: 'POST', path: '/merchant-accounts/:merchantAccountId/reconciliation-days/:businessDate/statements', operationId: 'uploadStatement', tag, summary: "Hand in the channel's statement of a day as a file",
    description: 'The file as it was downloaded from WeChat Pay or Alipay: zip, gzip or text. It is read to its end and held against its own totals, merchant and day before anything is kept; then the day is matched in the background. The same text again changes nothing.',
    permission: 'payments:recover', audience: 'operator', params, bodyBytesMax: STATEMENT_FILE_BYTES_MAX, status: 201, response: Uploaded,
    query: Type.Object({
      kind: Type.Enum([...STATEMENT_KINDS], { type: 'string' }), fileName: Type.Optional(Type.String({ maxLength: FILE_NAME_LENGTH_MAX, description: 'For the audit log.' })),
      sha256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'Of the file as it is sent; what arrives otherwise is refused.' })),
    }),
    errors: ['merchant_account_not_found', 'reconciliation_day_not_over', 'statement_hash_differs', 'statement_unreadable', 'statement_of_another_merchant', 'statement_of_another_day'],
    handler: async (call) => {
      const { operator, query: { kind, fileName, sha256 }, params: { businessDate }, body: file, clock } = call;
      const account = await operator.transaction((tx) => accountOf(tx, call.params.merchantAccountId));
      if (businessDate >= today(clock.now())) throw problem('reconciliation_day_not_over');
      const by = actorIdOf(call.actor);
      const { statement, isNew } = orProblem(await uploadStatement(operator, { account, kind, businessDate, file, uploadedBy: by, sha256: sha256 ?? null }, call));
      return operator.transaction(async (tx) => {
        if (isNew) {
          await requestDayNow(tx, { merchantAccountId: account.merchantAccountId, businessDate, by, at: clock.now() });
          announce(tx, 'reconciliation.days');
        }
        await recordAct(tx, {
          actor: call.actor, from: call.from, act: 'reconciliation.upload_statement', subject: { kind: 'merchant_account', id: account.merchantAccountId },
          after: { businessDate, kind, fileName: fileName ?? null, fileBytes: file.length, statementId: statement.statementId, bytes: statement.bytes, isNew },
        }, call);
        return { isNew, ...await storyOf(tx, { merchantAccountId: account.merchantAccountId, asked: call.params.merchantAccountId, businessDate }, options) };
      });
    },
  });
}

/** Where the bill of the account is kept: several apps of one merchant share one. */
async function accountOf(tx: Tx, merchantAccountId: string): Promise<BillAccount> {
  const account = await loadBillAccount(tx, idFromJson('mch', merchantAccountId, 'merchant_account_not_found'));
  if (account === null) throw problem('merchant_account_not_found');
  return account;
}

type OneDay = { /** Whose bill it is on. */ readonly merchantAccountId: string; /** As the caller named it. */ readonly asked: string; readonly businessDate: string };

async function storyOf(tx: Tx, { merchantAccountId: carrierId, asked, businessDate }: OneDay, { nameActors, currencyOf }: DayRouteOptions): Promise<Static<typeof DayStory>> {
  const merchantAccountId = idFromJson('mch', asked, 'merchant_account_not_found');
  const [found] = await listDays(tx, { merchantAccountId, only: businessDate, before: null, countMax: 1 });
  const statements = await listStatements(tx, { merchantAccountId: carrierId, businessDate, countMax: STATEMENTS_LISTED_MAX });
  const { nameOrKept } = await loadActorNames(tx, nameActors, [found?.work?.requestedBy ?? null, ...statements.map(({ importedBy }) => importedBy)]);
  const day = found ?? { merchantAccountId, businessDate, work: null, run: null, openBreaks: 0 };
  return { day: dayToJson(day, await currencyOf(tx), nameOrKept), statements: statements.map((statement) => statementToJson(statement, nameOrKept)) };
}

const statementToJson = ({ kind, source, bytes, sha256, importedBy, importedAt }: StoredStatement & { readonly sha256: string }, nameOf: (id: string) => string): Static<typeof StatementJson> =>
  ({ kind, source, bytes: String(bytes), sha256, importedBy: nameOf(importedBy), importedAt: instantToJson(importedAt) });
