import { randomBytes } from 'node:crypto';
import { addMs, assert, ok, refuse, toIso, type Clock, type OperatorId, type Result, type SessionId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { zip, type ZipEntry } from '../../../platform/documents/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { readFile, storeFile, type StoredFile } from '../../../platform/stored-files/index.ts';
import { sessionFrames, sessionsToJudge } from '../../charging/index.ts';
import { FAULTS, isSessionFault, type Fault } from '../domain/kind.ts';
import { maskDetail, type Pseudonym } from '../domain/mask.ts';
import { findingsAfter, listExamples, makeDetail, sessionsAfter, trafficBy, type Days, type Example, type MakeFilter } from '../queries/makes.ts';
import { addFile, advance, countOpenPacks, failPack, filesOf, findPack, finishPack, insertPack, maskKeyOf, setDocument, takePack, type Pack, type PackStep } from '../store/packs.ts';
import { writeDocument, type DocumentExample } from './document.ts';
import { identitiesOf, pseudonymBy, shownFrames } from './show-frames.ts';

export const PACKS_OPEN_MAX = 5, FRAMES_PER_PACK_MAX = 50_000, PACK_DAYS_MAX = 400;
const SESSIONS_PER_FILE = 2_000, FINDINGS_PER_FILE = 2_000, SESSIONS_WITH_FRAMES = 50, FRAMES_OF_PAGE_MAX = 5_000;
const LEASE_MS = 120_000, TRIES_MAX = 5, EXAMPLES_PER_FAULT = 3, FRAMES_PER_EXAMPLE = 6;

export type RequestPack = MakeFilter & Days & { readonly packId: string; readonly language: 'zh' | 'en'; readonly requestedBy: string };
export type PackRejection = { readonly code: 'make_not_found' } | { readonly code: 'evidence_period_invalid' } | { readonly code: 'too_many_evidence_packs' };

/** Asks for a pack; a job makes it. Asked again under its id it is the same pack. */
export async function requestPack(tx: Tx, of: RequestPack, { clock }: { readonly clock: Clock }): Promise<Result<Pack, PackRejection>> {
  const known = await findPack(tx, of.packId);
  if (known !== null) return ok(known);
  const days = (Date.parse(of.to) - Date.parse(of.from)) / 86_400_000;
  if (!(days >= 0 && days <= PACK_DAYS_MAX)) return refuse({ code: 'evidence_period_invalid' });
  if ((await trafficBy(tx, 'maker', of, of)).length === 0) return refuse({ code: 'make_not_found' });
  if (await countOpenPacks(tx) >= PACKS_OPEN_MAX) return refuse({ code: 'too_many_evidence_packs' });
  await insertPack(tx, { ...of, maskKey: randomBytes(32), requestedAt: clock.now() });
  announce(tx, 'conformance.packs');
  return ok((await findPack(tx, of.packId))!);
}
export const newPackId = (): string => newUuid();

type WriteOptions = { readonly clock: Clock; /** Asked between steps; for stopping, and for tests of being killed. */ readonly goOn?: () => boolean };

/** Makes what is waiting, one pack after the other. @returns how many were finished. */
export async function writePacks(database: OperatorDatabase, options: WriteOptions): Promise<number> {
  let finished = 0;
  for (;;) {
    const now = options.clock.now();
    const taken = await database.transaction((tx) => takePack(tx, { now, leasedUntil: addMs(now, LEASE_MS) }));
    if (taken === null) return finished;
    if (taken.tries > TRIES_MAX) {
      await database.transaction(async (tx) => { await failPack(tx, taken.packId, `given up after ${TRIES_MAX} tries`); announce(tx, 'conformance.packs'); });
      continue;
    }
    let pack: Pack | null = taken;
    while (pack !== null && pack.state === 'running') {
      if (options.goOn && !options.goOn()) return finished;
      const before: Pack = pack;
      pack = before.step === 'archive' ? await writeArchive(database, before, options) : await database.transaction((tx) => writeStep(tx, before, options));
    }
    if (pack?.state === 'done') finished += 1;
  }
}

/** One page of one step, with the progress that covers it. */
async function writeStep(tx: Tx, pack: Pack, { clock }: WriteOptions): Promise<Pack | null> {
  const page = await PAGES[pack.step as Exclude<PackStep, 'archive'>](tx, pack, clock);
  for (const { name, content } of page.files) await keep(tx, pack, { name, content }, clock);
  announce(tx, 'conformance.packs');
  return advance(tx, pack, { step: page.next, reached: page.after === null ? null : { after: page.after }, items: page.items, frames: page.frames, itemsTotal: page.total ?? null, leasedUntil: addMs(clock.now(), LEASE_MS) });
}

async function keep(tx: Tx, { packId }: Pack, { name, content }: { readonly name: string; readonly content: Buffer }, clock: Clock): Promise<StoredFile> {
  const file = await storeFile(tx, { name, content: [content], storedBy: 'system', at: clock.now() });
  await addFile(tx, packId, file);
  if (name.endsWith('.pdf')) await setDocument(tx, packId, file);
  return file;
}

type PageOf = { readonly files: readonly { readonly name: string; readonly content: Buffer }[]; readonly next: PackStep; readonly after: string | null; readonly items: number; readonly frames: number; readonly total?: number };
const PAGES: Readonly<Record<Exclude<PackStep, 'archive'>, (tx: Tx, pack: Pack, clock: Clock) => Promise<PageOf>>> = { sessions: sessionsPage, findings: findingsPage, session_frames: sessionFramesPage, document: documentPage };

const COLUMNS = ['sessionId', 'chargePoint', 'connector', 'transaction', 'maker', 'model', 'firmware', 'startedAt', 'endedAt', 'energyWh', 'unexplainedWhMax', 'faults', 'causes', 'billVersion'] as const;
const cell = (text: string): string => { const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text; return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe; };
const numbered = (name: string, number: number, ext: string): string => `${name}-${String(number).padStart(4, '0')}.${ext}`;

async function sessionsPage(tx: Tx, pack: Pack): Promise<PageOf> {
  const rows = await sessionsAfter(tx, { ...pack, abnormalOnly: false }, pack.reached?.after ?? null, SESSIONS_PER_FILE);
  const loaded = await sessionsToJudge(tx, rows.map(({ sessionId }) => sessionId)), identities = await identitiesOf(tx, loaded.map(({ chargePointId }) => chargePointId));
  const made = new Map(rows.map((row) => [row.sessionId, row]));
  const lines = loaded.map((s) => {
    const row = made.get(s.sessionId)!;
    return [s.sessionId, identities.get(s.chargePointId) ?? '', String(s.evseNumber ?? ''), s.transactionRef, row.maker, row.model, row.firmware, toIso(s.startedAt), s.endedAt === null ? '' : toIso(s.endedAt), String(s.energyWh), String(s.unexplainedWh), row.kinds.join(' '), s.causes.join(' '), String(s.billVersion)].map(cell).join(',');
  });
  const [own] = await trafficBy(tx, 'maker', pack, pack);
  const total = Number(own?.counts.sessions ?? 0n) + Number(own?.counts.abnormalSessions ?? 0n);
  const last = rows.length < SESSIONS_PER_FILE;
  const content = Buffer.from(`\ufeff${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`);
  return { files: [{ name: numbered('sessions', (await filesOf(tx, pack.packId)).length + 1, 'csv'), content }], next: last ? 'findings' : 'sessions', after: last ? null : rows.at(-1)!.sessionId, items: rows.length, frames: 0, total };
}

/** The frames that were kept by name as showing a fault. */
async function findingsPage(tx: Tx, pack: Pack): Promise<PageOf> {
  const rows = await findingsAfter(tx, pack, BigInt(pack.reached?.after ?? '0'), FINDINGS_PER_FILE);
  const shown = await shownFrames(tx, rows.map(({ sequence }) => sequence), pseudonymBy(await maskKeyOf(tx, pack.packId)));
  const lines = rows.flatMap(({ sequence, kinds }) => { const frame = shown.get(sequence); return frame === undefined ? [] : [JSON.stringify({ ...frame, faults: kinds })]; });
  const last = rows.length < FINDINGS_PER_FILE || Number(pack.frames) + lines.length >= FRAMES_PER_PACK_MAX;
  return { files: await jsonLines(tx, pack, 'frames-of-faults', lines), next: last ? 'session_frames' : 'findings', after: last ? null : String(rows.at(-1)!.sequence), items: 0, frames: lines.length };
}

/** Every frame of the abnormal sessions, as far as a pack may grow. */
async function sessionFramesPage(tx: Tx, pack: Pack): Promise<PageOf> {
  const rows = await sessionsAfter(tx, { ...pack, abnormalOnly: true }, pack.reached?.after ?? null, SESSIONS_WITH_FRAMES);
  const frames = await sessionFrames(tx, rows.map(({ sessionId }) => sessionId), FRAMES_OF_PAGE_MAX);
  const shown = await shownFrames(tx, [...new Set(frames.map(({ sequence }) => sequence))], pseudonymBy(await maskKeyOf(tx, pack.packId)));
  const lines = frames.flatMap(({ sessionId, sequence }) => { const frame = shown.get(sequence); return frame === undefined ? [] : [JSON.stringify({ session: sessionId, ...frame })]; });
  const last = rows.length < SESSIONS_WITH_FRAMES || Number(pack.frames) + lines.length >= FRAMES_PER_PACK_MAX;
  return { files: await jsonLines(tx, pack, 'frames-of-sessions', lines), next: last ? 'document' : 'session_frames', after: last ? null : rows.at(-1)!.sessionId, items: rows.length, frames: lines.length };
}

const jsonLines = async (tx: Tx, { packId }: Pack, name: string, lines: readonly string[]) =>
  (lines.length === 0 ? [] : [{ name: numbered(name, (await filesOf(tx, packId)).length + 1, 'jsonl'), content: Buffer.from(`${lines.join('\n')}\n`) }]);

async function documentPage(tx: Tx, pack: Pack, clock: Clock): Promise<PageOf> {
  const detail = await makeDetail(tx, pack, pack);
  assert(detail, 'what was counted once stays counted');
  const examples = new Map<Fault, readonly DocumentExample[]>(), pseudonym = pseudonymBy(await maskKeyOf(tx, pack.packId));
  for (const fault of FAULTS) if (detail.make.counts[fault] > 0n) examples.set(fault, await examplesOf(tx, await listExamples(tx, { maker: pack.maker, model: pack.model, firmware: pack.firmware, from: pack.from, to: pack.to, fault }, { after: null, limit: EXAMPLES_PER_FAULT }), pseudonym));
  const content = await writeDocument({ detail, from: pack.from, to: pack.to, at: clock.now(), examples }, pack.language);
  return { files: [{ name: 'evidence.pdf', content }], next: 'archive', after: null, items: 0, frames: 0 };
}

async function examplesOf(tx: Tx, examples: readonly Example[], pseudonym: Pseudonym): Promise<DocumentExample[]> {
  const identities = await identitiesOf(tx, examples.map(({ chargePointId }) => chargePointId));
  const shown: DocumentExample[] = [];
  for (const example of examples) {
    const sequences = example.sequence !== null ? [example.sequence] : await framesOfExample(tx, example.sessionId!);
    const frames = [...(await shownFrames(tx, sequences, pseudonym)).values()];
    const causes = isSessionFault(example.fault) ? example.causes.join(', ') : maskDetail(example.detail);
    shown.push({ title: `${identities.get(example.chargePointId) ?? ''} · ${example.countedOn}${example.sessionId === null ? '' : ` · ${example.sessionId}`}`, detail: causes, lines: frames.map(({ receivedAt, direction, frame }) => `${receivedAt} ${direction === 'in' ? '>' : '<'} ${frame}`) });
  }
  return shown;
}
/** The beginning and the end of a session say most. */
async function framesOfExample(tx: Tx, sessionId: SessionId): Promise<bigint[]> {
  const all = (await sessionFrames(tx, [sessionId], FRAMES_OF_PAGE_MAX)).map(({ sequence }) => sequence);
  return all.length <= FRAMES_PER_EXAMPLE ? all : [...all.slice(0, FRAMES_PER_EXAMPLE / 2), ...all.slice(-FRAMES_PER_EXAMPLE / 2)];
}

/** Everything in one archive, with a list of what is in it by hash. Read piece by piece outside of the transaction that stores it. */
async function writeArchive(database: OperatorDatabase, pack: Pack, { clock }: WriteOptions): Promise<Pack | null> {
  return database.transaction(async (tx) => {
    const files = await filesOf(tx, pack.packId);
    const manifest = {
      maker: pack.maker, model: pack.model, firmware: pack.firmware, from: pack.from, to: pack.to, requestedAt: toIso(pack.requestedAt), frames: Number(pack.frames), framesMax: FRAMES_PER_PACK_MAX, complete: Number(pack.frames) < FRAMES_PER_PACK_MAX,
      masked: 'Cards are pseudonyms of this pack; free text is blotted out; numbers keep their values, spaces between them are not kept.', files: files.map(({ name, bytes, sha256 }) => ({ name, bytes: Number(bytes), sha256 })),
    };
    const entries: ZipEntry[] = [{ name: 'manifest.json', content: () => [Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)] }, ...files.map(({ name, fileId }) => ({ name, content: () => readFile(database, fileId) }))];
    const file = await storeFile(tx, { name: `${fileStem(pack)}.zip`, content: { [Symbol.asyncIterator]: () => zip(entries) }, storedBy: 'system', at: clock.now() });
    const kept = await finishPack(tx, pack, file, clock.now());
    assert(kept, 'a pack is finished by whoever holds it');
    announce(tx, 'conformance.packs');
    return findPack(tx, pack.packId);
  });
}

export const fileStem = ({ maker, model, firmware, from, to }: MakeFilter & Days): string => ['evidence', maker, model, firmware, from, to].filter((part) => part !== null && part !== '').join('_').replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 120);

/** Picks up every minute what was asked for and what a killed process left. */
export const writeEvidenceJob: Job = {
  name: 'write_evidence', about: 'Makes the evidence packs for makers of charge points that were asked for.', cron: '* * * * *', everyMs: 60_000,
  run: async (context) => {
    let packs = 0;
    const operators = await forEachOperator(context, async (operatorId: OperatorId) => { packs += await writePacks(context.database.forOperator(operatorId), context); });
    return { operators, packs };
  },
};
