import { addMs, MS_PER_MINUTE, ok, refuse, type Clock, type Instant, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { readFile, storeFile } from '../../../platform/stored-files/index.ts';
import { DEFAULT_RULES, listRuleSets, loadRules, type AnomalyRules } from '../../charging/index.ts';
import { judgeChargePoint, type JudgeContext } from '../domain/judge.ts';
import { advanceImport, beginReading, claimImport, failImport, findTwin, insertImport, loadImport, type SessionImport } from '../store/imports.ts';
import { chargePointsAfter, insertRows, insertVerdicts, rowsOf } from '../store/rows.ts';
import { readRecords, type ReadRow } from '../table/read.ts';
import { SessionTableFault, type SessionTableMapping } from '../table/index.ts';

export const ROWS_PER_PAGE = 1_000;
/** Charge points judged in one transaction, unless they have more rows than a page. */
const CHARGE_POINTS_PER_PAGE = 50;
const LEASE_MS = 5 * MS_PER_MINUTE;

export type TableToImport = { readonly fileName: string; readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>; readonly requestedBy: string };

/** Keeps a file; nothing is read of it yet. In the caller's transaction, which must not be tried again with a content that can be read only once. */
export async function uploadTable(tx: Tx, { fileName, content, requestedBy }: TableToImport, { clock }: { readonly clock: Clock }): Promise<SessionImport> {
  const at = clock.now(), importId = newUuid();
  const { fileId, digest, name } = await storeFile(tx, { name: fileName, content, storedBy: requestedBy, at });
  await insertImport(tx, { importId, fileId, fileName: name, digest, requestedBy, requestedAt: at });
  return (await loadImport(tx, importId))!;
}

/**
 * Another import of a file that was brought before, to be read by another mapping: one that failed, or that was read wrongly, stays what it is.
 * The same call again (same id) is the import that is there.
 */
export async function bringAgain(tx: Tx, { importId, of, requestedBy }: { readonly importId: string; readonly of: SessionImport; readonly requestedBy: string }, { clock }: { readonly clock: Clock }): Promise<SessionImport> {
  const existing = await loadImport(tx, importId);
  if (existing !== null) return existing;
  await insertImport(tx, { importId, fileId: of.fileId, fileName: of.fileName, digest: of.digest, requestedBy, requestedAt: clock.now() });
  return (await loadImport(tx, importId))!;
}

export type StartRejection = { readonly code: 'import_not_found' | 'import_already_started' };

/**
 * Sets an import going by this mapping and the operator's rules of this moment. The same bytes by the same mapping are imported once: then the answer is the import that has them.
 * @returns what is worked on from now on by `workImport`.
 */
export async function startImport(tx: Tx, { importId, mapping }: { readonly importId: string; readonly mapping: SessionTableMapping }): Promise<Result<SessionImport, StartRejection>> {
  const found = await loadImport(tx, importId, 'lock');
  if (found === null) return refuse({ code: 'import_not_found' });
  const twin = await findTwin(tx, { importId, digest: found.digest, mapping });
  if (twin !== null) return ok(twin);
  if (found.state !== 'uploaded') return refuse({ code: 'import_already_started' });
  announce(tx, 'imports.progress');
  await beginReading(tx, importId, mapping, (await loadRules(tx)).version);
  return ok((await loadImport(tx, importId))!);
}

export type ImportWork = {
  readonly clock: Clock; readonly signal?: Pick<AbortSignal, 'aborted'>;
  readonly onProgress?: (progress: { readonly state: 'reading' | 'judging'; readonly rows: bigint; readonly of: bigint | null }) => void;
};

/**
 * Works an import to its end, a page at a time, each page in a transaction with the progress: stopped at any moment it goes on from there.
 * Reading does not look at what is in a row; judging goes through one charge point after the other. Memory holds a page, or one charge point.
 * @returns the import as it is now; null when somebody else works on it, or it is done already.
 */
export async function workImport(odb: OperatorDatabase, importId: string | undefined, work: ImportWork): Promise<SessionImport | null> {
  const { clock } = work;
  const claimed = await odb.transaction((tx) => claimImport(tx, { at: clock.now(), until: leaseFrom(clock), ...(importId === undefined ? {} : { importId }) }));
  if (claimed === null || claimed.mapping === null) return null;
  try {
    if (claimed.state === 'reading') await readAll(odb, claimed, claimed.mapping, work);
    if (!work.signal?.aborted) await judgeAll(odb, claimed, claimed.mapping, work);
  } catch (error) {
    if (!(error instanceof SessionTableFault)) throw error;
    await odb.transaction((tx) => failImport(tx, claimed.importId, { code: error.code, message: error.message, at: clock.now() }));
  }
  return odb.transaction((tx) => loadImport(tx, claimed.importId));
}

/** Works whatever was started and lies there, the oldest first. @returns how many imports were worked on. */
export async function workImports(odb: OperatorDatabase, work: ImportWork): Promise<number> {
  let count = 0;
  while (!work.signal?.aborted && await workImport(odb, undefined, work) !== null) count++;
  return count;
}

const leaseFrom = (clock: Clock): Instant => addMs(clock.now(), LEASE_MS);

async function readAll(odb: OperatorDatabase, { importId, fileId, rowsRead }: SessionImport, mapping: SessionTableMapping, { clock, signal, onProgress }: ImportWork): Promise<void> {
  let read = 0n;
  let page: ReadRow[] = [];
  const keep = async (): Promise<void> => {
    const rows = page;
    page = [];
    await odb.transaction(async (tx) => {
      await insertRows(tx, importId, rows);
      announce(tx, 'imports.progress');
      await advanceImport(tx, importId, { rowsRead: read, leaseUntil: leaseFrom(clock), at: clock.now() });
    });
    onProgress?.({ state: 'reading', rows: read, of: null });
  };
  for await (const row of readRecords(readFile(odb, fileId), mapping)) {
    read++;
    if (read <= rowsRead) continue;
    page.push(row);
    if (page.length < ROWS_PER_PAGE) continue;
    await keep();
    if (signal?.aborted) return;
  }
  if (page.length > 0) await keep();
  await odb.transaction((tx) => advanceImport(tx, importId, { state: 'judging', leaseUntil: leaseFrom(clock), at: clock.now() }));
}

async function judgeAll(odb: OperatorDatabase, { importId, rulesVersion }: SessionImport, mapping: SessionTableMapping, { clock, signal, onProgress }: ImportWork): Promise<void> {
  const rules = await odb.transaction((tx) => rulesOfVersion(tx, rulesVersion ?? 0));
  const context: JudgeContext = { zone: mapping.time.zone, rules, connectorsByOverlap: mapping.connector && 'byOverlap' in mapping.connector ? mapping.connector.byOverlap : null, powerW: mapping.powerW ?? null };
  for (;;) {
    const done = await odb.transaction(async (tx) => {
      announce(tx, 'imports.progress');
      const now = (await loadImport(tx, importId, 'lock'))!;
      if (now.state !== 'judging') return true;
      const points = await chargePointsAfter(tx, importId, now.judgedUpTo, CHARGE_POINTS_PER_PAGE);
      const page = points.slice(0, pageOf(points.map(({ rows }) => Number(rows))));
      const last = page.at(-1);
      if (last === undefined) {
        await advanceImport(tx, importId, { state: 'done', leaseUntil: leaseFrom(clock), at: clock.now() });
        return true;
      }
      for (const rows of (await rowsOf(tx, importId, page.map(({ key }) => key))).values()) {
        const judged = judgeChargePoint(rows, context);
        for (let from = 0; from < judged.length; from += ROWS_PER_PAGE) await insertVerdicts(tx, importId, judged.slice(from, from + ROWS_PER_PAGE));
      }
      const rowsJudged = now.rowsJudged + page.reduce((sum, { rows }) => sum + rows, 0n);
      await advanceImport(tx, importId, { rowsJudged, judgedUpTo: last.key, leaseUntil: leaseFrom(clock), at: clock.now() });
      onProgress?.({ state: 'judging', rows: rowsJudged, of: now.rowsRead });
      return false;
    });
    if (done || signal?.aborted) return;
  }
}

/** The set that an import was started with; version 0 is the program's own. */
const rulesOfVersion = async (tx: Tx, version: number): Promise<AnomalyRules> => (await listRuleSets(tx)).find((set) => set.version === version)?.rules ?? DEFAULT_RULES;

/** How many charge points go into one transaction: as many as have a few pages of rows together, at least one. */
function pageOf(rows: readonly number[]): number {
  let count = 0;
  for (let sum = 0; count < rows.length && (count === 0 || sum + rows[count]! <= 5 * ROWS_PER_PAGE); count++) sum += rows[count]!;
  return count;
}
