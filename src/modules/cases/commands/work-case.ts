import { addMs, MS_PER_DAY, ok, refuse, type Clock, type Instant, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { mentionedCases, PASTED_LENGTH_MAX, splitPasted } from '../domain/pasted-list.ts';
import { nextStanding, OBSERVE_DAYS_MAX, TEXT_LENGTH_MAX, TITLE_LENGTH_MAX, type CaseAct, type CaseEventKind, type CaseRejection, type SubjectKind, type SupportCase } from '../domain/support-case.ts';
import { appendEvent, casesByNumber, insertCase, insertLinks, loadCases, nextNumber, observedAt, quietSince, updateCase, type CaseLink } from '../store/cases.ts';

export type FoundRecord = { readonly kind: SubjectKind; readonly subjectId: string; readonly label: string };
/** Finds records by the numbers that people know them by; registered at the composition root by whoever owns the records. */
export type RecordFinder = (tx: Tx, numbers: readonly string[]) => Promise<ReadonlyMap<string, FoundRecord>>;
export type ResolvedList = { readonly found: readonly (FoundRecord & { readonly number: string })[]; readonly unknown: readonly string[] };

/** What the numbers in a pasted text stand for; each number once, those that nobody knows said apart. */
export async function resolvePasted(tx: Tx, text: string, finders: readonly RecordFinder[]): Promise<ResolvedList> {
  const numbers = splitPasted(text.slice(0, PASTED_LENGTH_MAX));
  const found = new Map<string, FoundRecord>();
  for (const find of finders) {
    const rest = numbers.filter((number) => !found.has(number));
    if (rest.length > 0) for (const [number, record] of await find(tx, rest)) found.set(number, record);
  }
  return { found: numbers.flatMap((number) => (found.has(number) ? [{ number, ...found.get(number)! }] : [])), unknown: numbers.filter((number) => !found.has(number)) };
}

export type CaseForm = Pick<SupportCase, 'title' | 'stationId' | 'chargePointId' | 'connector' | 'periodFrom' | 'periodTo' | 'networkState' | 'cause' | 'firstFinding' | 'owner'> & {
  readonly caseId: string; readonly openedBy: string;
  /** Numbers of bills and the like, as they were pasted. */
  readonly pasted: string;
};

/**
 * Opens a case from the form. Numbers in the pasted list, and other cases that the finding speaks of ("same as case 28"), are linked.
 * The same form sent again (same id) is the case that is there.
 */
export async function openCase(tx: Tx, form: CaseForm, { clock, finders }: { readonly clock: Clock; readonly finders: readonly RecordFinder[] }): Promise<Result<{ readonly case: SupportCase; readonly unknown: readonly string[] }, CaseRejection>> {
  const title = form.title.trim(), firstFinding = form.firstFinding.trim();
  if (title.length === 0 || title.length > TITLE_LENGTH_MAX || firstFinding.length > TEXT_LENGTH_MAX) return refuse({ code: 'support_case_text_invalid' });
  if (form.periodFrom !== null && form.periodTo !== null && form.periodFrom > form.periodTo) return refuse({ code: 'support_case_text_invalid' });
  const [existing] = await loadCases(tx, [form.caseId]);
  if (existing) return ok({ case: existing, unknown: [] });
  const at = clock.now(), number = await nextNumber(tx);
  const opened: SupportCase = { ...form, title, firstFinding, number, state: 'open', observingUntil: null, knownAnswer: null, resolution: null, timesReopened: 0, openedAt: at, changedAt: at };
  await insertCase(tx, opened);
  await appendEvent(tx, opened.caseId, { kind: 'opened', body: firstFinding === '' ? null : firstFinding, data: { number }, actor: form.openedBy, recordedAt: at });
  const { unknown } = await linkPasted(tx, opened, { pasted: form.pasted, spoken: `${title} ${firstFinding}`, actor: form.openedBy }, { clock, finders });
  announce(tx, 'cases');
  return ok({ case: opened, unknown });
}

export type Saying = { readonly pasted: string; readonly spoken: string; readonly actor: string };
/** Links what a text stands for, and the cases it speaks of. */
export async function linkPasted(tx: Tx, of: SupportCase, { pasted, spoken, actor }: Saying, { clock, finders }: { readonly clock: Clock; readonly finders: readonly RecordFinder[] }): Promise<ResolvedList> {
  const at = clock.now(), resolved = await resolvePasted(tx, pasted, finders);
  const others = (await casesByNumber(tx, mentionedCases(`${spoken} ${pasted}`))).filter(({ caseId }) => caseId !== of.caseId);
  const link = (record: FoundRecord, origin: CaseLink['origin']): CaseLink => ({ caseId: of.caseId, ...record, origin, linkedBy: actor, linkedAt: at });
  const fresh = await insertLinks(tx, [
    ...resolved.found.map(({ kind, subjectId, label }) => link({ kind, subjectId, label }, 'pasted')), ...others.map(({ caseId, number, title }) => link({ kind: 'support_case', subjectId: caseId, label: `#${number} ${title}` }, 'person')),
  ]);
  if (fresh.length > 0) await appendEvent(tx, of.caseId, { kind: 'linked', body: null, data: { records: fresh.length, unknown: resolved.unknown }, actor, recordedAt: at });
  return resolved;
}

export type CaseCommand = { readonly caseId: string; readonly actor: string };
type Done = Result<SupportCase, CaseRejection | { readonly code: 'support_case_not_found' }>;

async function act(tx: Tx, { caseId, actor }: CaseCommand, decided: CaseAct, event: { readonly kind: CaseEventKind; readonly body: string | null; readonly data?: Readonly<Record<string, unknown>> }, clock: Clock): Promise<Done> {
  const [now] = await loadCases(tx, [caseId], 'lock');
  if (now === undefined) return refuse({ code: 'support_case_not_found' });
  const next = nextStanding(now, decided);
  if (!next.ok) return next;
  const at = clock.now();
  await updateCase(tx, now, next.value, at);
  await appendEvent(tx, caseId, { data: {}, ...event, actor, recordedAt: at });
  announce(tx, 'cases');
  return ok({ ...now, ...next.value, changedAt: at });
}

/** Watches a case for some days: it opens again by itself when the same happens again, and resolves by itself when nothing does. */
export function observeCase(tx: Tx, of: CaseCommand & { readonly days: number; readonly comment: string | null }, { clock }: { readonly clock: Clock }): Promise<Done> {
  if (!Number.isInteger(of.days) || of.days < 1 || of.days > OBSERVE_DAYS_MAX) return Promise.resolve(refuse({ code: 'support_case_text_invalid' }));
  return act(tx, of, { kind: 'observe', until: addMs(clock.now(), of.days * MS_PER_DAY) }, { kind: 'observing', body: of.comment, data: { days: of.days } }, clock);
}
export const resolveCase = (tx: Tx, of: CaseCommand & { readonly resolution: string }, { clock }: { readonly clock: Clock }): Promise<Done> =>
  act(tx, of, { kind: 'resolve', resolution: of.resolution }, { kind: 'resolved', body: of.resolution.trim() }, clock);
export const reopenCase = (tx: Tx, of: CaseCommand & { readonly comment: string }, { clock }: { readonly clock: Clock }): Promise<Done> =>
  act(tx, of, { kind: 'reopen' }, { kind: 'reopened', body: of.comment }, clock);

type Change = { readonly kind: 'commented' | 'assigned' | 'made_known'; readonly body: string | null; readonly change: Parameters<typeof updateCase>[2]; readonly data?: Readonly<Record<string, unknown>> };
async function change(tx: Tx, { caseId, actor }: CaseCommand, { kind, body, change: to, data = {} }: Change, clock: Clock): Promise<Done> {
  const [now] = await loadCases(tx, [caseId], 'lock');
  if (now === undefined) return refuse({ code: 'support_case_not_found' });
  if (body !== null && (body.trim().length === 0 || body.length > TEXT_LENGTH_MAX)) return refuse({ code: 'support_case_text_invalid' });
  const at = clock.now();
  await updateCase(tx, now, to, at);
  await appendEvent(tx, caseId, { kind, body: body?.trim() ?? null, data, actor, recordedAt: at });
  announce(tx, 'cases');
  return ok({ ...now, ...to, changedAt: at });
}
export const assignCase = (tx: Tx, of: CaseCommand & { readonly owner: string | null }, { clock }: { readonly clock: Clock }): Promise<Done> => change(tx, of, { kind: 'assigned', body: null, change: { owner: of.owner }, data: { owner: of.owner } }, clock);
/** The answer for whoever meets the same again; null takes it back. */
export const makeKnown = (tx: Tx, of: CaseCommand & { readonly answer: string | null }, { clock }: { readonly clock: Clock }): Promise<Done> => change(tx, of, { kind: 'made_known', body: of.answer, change: { knownAnswer: of.answer?.trim() ?? null } }, clock);

/** A comment; records and cases that it names are linked. */
export async function commentCase(tx: Tx, of: CaseCommand & { readonly body: string }, context: { readonly clock: Clock; readonly finders: readonly RecordFinder[] }): Promise<Done> {
  const done = await change(tx, of, { kind: 'commented', body: of.body, change: {} }, context.clock);
  if (done.ok) await linkPasted(tx, done.value, { pasted: of.body, spoken: of.body, actor: of.actor }, context);
  return done;
}

/** What happened at a charge point: a watched case of the same cause there opens again, linked with what happened. */
export type Happening = { readonly chargePointId: string; readonly causes: readonly string[]; readonly record: FoundRecord; readonly at: Instant };
export async function noteHappening(tx: Tx, { chargePointId, causes, record, at }: Happening): Promise<number> {
  if (causes.length === 0) return 0;
  const watched = (await observedAt(tx, chargePointId, causes)).filter(({ changedAt }) => at >= changedAt);
  for (const now of watched) {
    const next = nextStanding(now, { kind: 'recur' });
    if (!next.ok) continue;
    await updateCase(tx, now, next.value, at);
    await insertLinks(tx, [{ caseId: now.caseId, ...record, origin: 'recurrence', linkedBy: 'rule:recurrence', linkedAt: at }]);
    await appendEvent(tx, now.caseId, { kind: 'recurred', body: null, data: { subject: record.subjectId, kind: record.kind, causes }, actor: 'rule:recurrence', recordedAt: at });
  }
  if (watched.length > 0) announce(tx, 'cases');
  return watched.length;
}

/** Said of a case that was watched to the end without a recurrence; shown in the reader's language. */
export const QUIET_RESOLUTION = 'rule:quiet';
export const QUIET_CASES_MAX = 100;
/** Cases that were watched to the end without the same happening again are resolved, and say so. */
export async function endQuietCases(tx: Tx, { clock }: { readonly clock: Clock }): Promise<number> {
  const at = clock.now(), quiet = await quietSince(tx, at, QUIET_CASES_MAX);
  for (const now of quiet) {
    await updateCase(tx, now, { state: 'resolved', observingUntil: null, resolution: QUIET_RESOLUTION }, at);
    await appendEvent(tx, now.caseId, { kind: 'quiet', body: null, data: { until: now.observingUntil }, actor: 'rule:recurrence', recordedAt: at });
  }
  if (quiet.length > 0) announce(tx, 'cases');
  return quiet.length;
}
