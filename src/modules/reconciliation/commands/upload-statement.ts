import { createHash } from 'node:crypto';
import { ok, refuse, type Clock, type Result } from '../../../kernel/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { StatementFault, unpackStatement, type BillAccount, type StatementKind } from '../../payments/index.ts';
import { StatementUnreadable } from '../domain/line.ts';
import { readFundFlow, readTrades } from '../formats/index.ts';
import { claimsOf, HEAD_BYTES } from '../formats/statement-claims.ts';
import type { StatementFormat } from '../store/statements.ts';
import { importStatement, type ImportedStatement } from './import-statement.ts';

/** A statement as a person has it, packed or plain. A million lines packed have some tens of megabytes. */
export const STATEMENT_FILE_BYTES_MAX = 67_108_864;

export type StatementFileToImport = {
  readonly account: BillAccount; readonly kind: StatementKind; readonly businessDate: string; readonly file: Buffer; readonly uploadedBy: string;
  /** What the sender says the file hashes to, in hex. */
  readonly sha256: string | null;
};
export type UploadRejection =
  | { readonly code: 'statement_hash_differs'; readonly sha256: string } | { readonly code: 'statement_unreadable'; readonly fault: string; readonly detail: string }
  | { readonly code: 'statement_of_another_merchant'; readonly merchant: string } | { readonly code: 'statement_of_another_day'; readonly day: string };

/**
 * Takes a statement that a person has instead of one that the channel gives: unpacked, read to its end, held against its own totals, its merchant and its day, and only then kept, as a fetched
 * one is. What was refused leaves nothing behind; the same text again changes nothing.
 */
export async function uploadStatement(odb: OperatorDatabase, upload: StatementFileToImport, { clock }: { readonly clock: Clock }): Promise<Result<ImportedStatement, UploadRejection>> {
  const { account, kind, businessDate, file, uploadedBy } = upload;
  const sha256 = createHash('sha256').update(file).digest('hex');
  if (upload.sha256 !== null && upload.sha256.toLowerCase() !== sha256) return refuse({ code: 'statement_hash_differs', sha256 });
  const format: StatementFormat = `${account.kind}_${kind}`;
  try {
    const wrong = await check(upload, format);
    if (wrong !== null) return refuse(wrong);
    return ok(await importStatement(odb, { merchantAccountId: account.merchantAccountId, businessDate, format, source: 'upload', importedBy: uploadedBy, content: unpackStatement(file), hash: null }, { clock }));
  } catch (error) {
    if (error instanceof StatementUnreadable) return refuse({ code: 'statement_unreadable', fault: error.code, detail: error.message });
    if (error instanceof StatementFault || error instanceof RangeError) return refuse({ code: 'statement_unreadable', fault: 'statement_incomplete', detail: error.message });
    throw error;
  }
}

/** Reads the whole text once before anything is kept. @throws StatementUnreadable, StatementFault */
async function check({ account, businessDate, file }: StatementFileToImport, format: StatementFormat): Promise<UploadRejection | null> {
  const claims = claimsOf(format, await headOf(unpackStatement(file)));
  if (claims.merchant !== null && !claims.merchant.startsWith(account.merchantId)) return { code: 'statement_of_another_merchant', merchant: claims.merchant };
  if (claims.day !== null && claims.day !== businessDate) return { code: 'statement_of_another_day', day: claims.day };
  const otherDay = format === 'wechatpay_trade' || format === 'alipay_trade' ? await checkTrades(format, file, businessDate) : await checkFlow(format, file);
  return otherDay === null ? null : { code: 'statement_of_another_day', day: otherDay };
}

async function headOf(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of content) {
    pieces.push(piece);
    length += piece.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(pieces).subarray(0, HEAD_BYTES);
}

/** @returns the day of its payments when none of them is of the day it should be of. A refund's line carries the time of its payment, which may be months old. */
async function checkTrades(format: 'wechatpay_trade' | 'alipay_trade', file: Buffer, businessDate: string): Promise<string | null> {
  const day = Buffer.from(businessDate);
  const read = { lines: 0, paymentsMinor: 0n, refundsMinor: 0n, feesMinor: 0n };
  let ofThisDay = false, another: string | null = null;
  const trailer = await readTrades(format, unpackStatement(file), ({ bytes, kind, atFrom, amountMinor, feeMinor }) => {
    read.lines++;
    read[kind === 'payment' ? 'paymentsMinor' : 'refundsMinor'] += BigInt(amountMinor);
    read.feesMinor += BigInt(feeMinor);
    if (kind !== 'payment' || ofThisDay) return;
    if (bytes.compare(day, 0, day.length, atFrom, atFrom + day.length) === 0) ofThisDay = true;
    else another ??= bytes.toString('latin1', atFrom, atFrom + day.length);
  });
  refuseOtherTotals(read, trailer);
  return ofThisDay ? null : another;
}

async function checkFlow(format: 'wechatpay_fund_flow' | 'alipay_fund_flow', file: Buffer): Promise<null> {
  const read = { lines: 0, incomeMinor: 0n, spentMinor: 0n };
  const totals = await readFundFlow(format, unpackStatement(file), ({ amountMinor }) => {
    read.lines++;
    if (amountMinor >= 0n) read.incomeMinor += amountMinor; else read.spentMinor -= amountMinor;
  });
  refuseOtherTotals(read, totals);
  return null;
}

function refuseOtherTotals<T extends object>(read: T, claimed: { readonly [K in keyof T]: T[K] | null }): void {
  for (const name of Object.keys(read) as (keyof T & string)[]) {
    if (claimed[name] !== null && claimed[name] !== read[name]) throw new StatementUnreadable('statement_totals_differ', `${name}: the lines make ${String(read[name])}, the statement says ${String(claimed[name])}`);
  }
}
