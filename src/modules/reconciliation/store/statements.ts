/** Statements as they came: the text in compressed pieces, found again by account, kind and day. */
import type { Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type OperatorDatabase, type Tx } from '../../../platform/database/index.ts';
import { packPiece, readAhead, unpackPiece } from '../../../platform/stored-files/index.ts';

export const STATEMENT_FORMATS = ['wechatpay_trade', 'wechatpay_fund_flow', 'alipay_trade', 'alipay_fund_flow'] as const;
export type StatementFormat = (typeof STATEMENT_FORMATS)[number];
export type StoredStatement = {
  readonly statementId: string; readonly merchantAccountId: string; readonly kind: 'trade' | 'fund_flow'; readonly businessDate: string; readonly format: StatementFormat;
  readonly source: 'channel' | 'upload'; readonly bytes: bigint; readonly importedBy: string; readonly importedAt: Instant;
};
const COLUMNS = `statement_id as "statementId", merchant_account_id as "merchantAccountId", kind, business_date::text as "businessDate", format, source, bytes, imported_by as "importedBy",
  imported_at as "importedAt"`;

/** Writes one piece; the statement's own row follows in the same transaction (the foreign key is checked at commit). */
export async function insertPiece(tx: Tx, statementId: string, piece: number, content: Buffer): Promise<void> {
  await tx.execute({ name: 'reconciliation_insert_piece', text: 'insert into reconciliation.statement_piece (operator_id, statement_id, piece, content) values ($1, $2, $3, $4)' },
    [tx.operatorIds[0], statementId, piece, await packPiece(content)]);
}

/** @returns false when the same text for the same day is here already. */
export async function insertStatement(tx: Tx, statement: StoredStatement & { readonly digest: Buffer; readonly pieces: number }): Promise<boolean> {
  return await tx.execute(
    `insert into reconciliation.statement (operator_id, statement_id, merchant_account_id, kind, business_date, format, source, digest, bytes, pieces, imported_by, imported_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict on constraint statement_once do nothing`,
    [tx.operatorIds[0], statement.statementId, statement.merchantAccountId, statement.kind, statement.businessDate, statement.format, statement.source, statement.digest, statement.bytes,
      statement.pieces, statement.importedBy, sqlTimestamp(statement.importedAt)]) === 1;
}

export async function findByDigest(tx: Tx, of: { readonly merchantAccountId: string; readonly kind: string; readonly businessDate: string; readonly digest: Buffer }): Promise<StoredStatement | null> {
  const [row] = await tx.query<StoredStatement>(
    `select ${COLUMNS} from reconciliation.statement where operator_id = $1 and merchant_account_id = $2 and kind = $3 and business_date = $4 and digest = $5`,
    [tx.operatorIds[0], of.merchantAccountId, of.kind, of.businessDate, of.digest]);
  return row ?? null;
}

/** The newest statement of a day: a channel that corrects itself sends another one. */
export async function newestStatement(tx: Tx, of: { readonly merchantAccountId: string; readonly kind: string; readonly businessDate: string }): Promise<StoredStatement | null> {
  const [row] = await tx.query<StoredStatement>(
    `select ${COLUMNS} from reconciliation.statement where operator_id = $1 and merchant_account_id = $2 and kind = $3 and business_date = $4 order by imported_at desc, statement_id desc limit 1`,
    [tx.operatorIds[0], of.merchantAccountId, of.kind, of.businessDate]);
  return row ?? null;
}

/** What was kept of a day, newest first: what was fetched, what somebody uploaded, what the channel corrected. */
export const listStatements = (tx: Tx, of: { readonly merchantAccountId: string; readonly businessDate: string; readonly countMax: number }): Promise<(StoredStatement & { readonly sha256: string })[]> => tx.query(
  `select ${COLUMNS}, encode(digest, 'hex') as sha256 from reconciliation.statement where operator_id = $1 and merchant_account_id = $2 and business_date = $3 order by imported_at desc, statement_id desc limit $4`,
  [tx.operatorIds[0], of.merchantAccountId, of.businessDate, of.countMax]);

/** The text again, a piece at a time and the next one on its way, each in a short transaction: a million lines never are in memory at once. */
export const readStatement = (odb: OperatorDatabase, statementId: string): AsyncGenerator<Buffer> => readAhead(async (piece) => {
  const [row] = await odb.transaction((tx) => tx.query<{ content: Buffer }>(
    { name: 'reconciliation_read_piece', text: 'select content from reconciliation.statement_piece where operator_id = $1 and statement_id = $2 and piece = $3' }, [tx.operatorIds[0], statementId, piece]));
  return row === undefined ? null : unpackPiece(row.content);
});
