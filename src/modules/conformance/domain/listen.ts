/**
 * What one frame adds to the counts of its charge point: a fold over the frames in their order, with a bounded memory. Only what the protocol rules and the frame log can
 * prove is counted; where a rule has exceptions (offline queues, retries after a lost connection), the exception wins.
 */
import type { Amount, FrameFault } from './kind.ts';
import { makeOf, sameMake, UNKNOWN_MAKE, type Make } from './make.ts';

type TransactionWord = { readonly ref: string; readonly phase: 'start' | 'read' | 'end'; readonly seqNo: number | null; readonly offline: boolean; readonly stopped: boolean };
/** A frame as the gateway hears it. */
export type Heard = {
  readonly sequence: bigint; readonly generation: bigint; readonly protocol: 'ocpp1.6' | 'ocpp2.0.1'; readonly receivedAt: number; readonly violation: string | null; readonly unprocessable: string | null;
  readonly said:
    | { readonly kind: 'call'; readonly messageId: string; readonly action: string; readonly boot: { readonly maker: string | null; readonly model: string | null; readonly firmware: string | null } | null; readonly transaction: TransactionWord | null }
    | { readonly kind: 'command'; readonly messageId: string; readonly action: string; readonly stops: string | null }
    | { readonly kind: 'result'; readonly messageId: string; readonly status: string | null; readonly breaks: (action: string) => string | null }
    | { readonly kind: 'error'; readonly messageId: string; readonly code: string }
    | { readonly kind: 'answer_sent' } | { readonly kind: 'malformed'; readonly problem: string };
};

type Asked = { readonly id: string; readonly action: string; readonly stops: string | null; readonly at: number; readonly sequence: string };
/** What is remembered of a charge point between two frames; plain JSON. */
export type PointState = {
  readonly make: Make; readonly booted: boolean; readonly toldSilentBoot: boolean;
  /** The newest connection, as text; null before the first frame. */
  readonly generation: string | null;
  readonly ids: readonly string[]; readonly open: readonly { readonly ref: string; readonly seqNo: number | null }[]; readonly ended: readonly string[];
  readonly asked: readonly Asked[]; readonly stopping: readonly { readonly ref: string; readonly at: number }[];
};
export const NEW_POINT: PointState = { make: UNKNOWN_MAKE, booted: false, toldSilentBoot: false, generation: null, ids: [], open: [], ended: [], asked: [], stopping: [] };

const IDS_MAX = 64, TRANSACTIONS_MAX = 32, ASKED_MAX = 8;
/** A charge point that has not answered a call of ours by then does not answer it; the gateway waits as long before it gives up, and some seconds for its sweep. */
export const ANSWER_MS = 35_000;
/** A transaction that still speaks so long after its accepted stop was not stopped. */
export const STOP_FOLLOWED_MS = 120_000;
/** Answers that say "I have no such function", which a station may. */
const HONEST_ERRORS: ReadonlySet<string> = new Set(['NotImplemented', 'NotSupported']);

export type FoundFault = { readonly kind: FrameFault; /** The frame that shows it; a call of ours that stayed unanswered names that call. */ readonly sequence: bigint; readonly detail: string };
export type Listened = { readonly state: PointState; readonly counts: Partial<Record<Amount, bigint>>; readonly faults: readonly FoundFault[] };

const DETAIL_MAX = 300;
const last = <T>(list: readonly T[], most: number): readonly T[] => (list.length > most ? list.slice(-most) : list);

export function listen(before: PointState, frame: Heard): Listened {
  const step = { state: before, counts: {} as Partial<Record<Amount, bigint>>, faults: [] as FoundFault[] };
  const count = (amount: Amount): void => { step.counts[amount] = (step.counts[amount] ?? 0n) + 1n; };
  const fault: Report = (kind, detail, sequence = frame.sequence) => { count(kind); step.faults.push({ kind, sequence, detail: detail.slice(0, DETAIL_MAX) }); };
  count('frames');
  step.state = connected(step.state, frame, count);
  step.state = overdue(step.state, frame, fault);
  const { said } = frame;
  // What is no message cannot be worked either: one fault, not two.
  if (frame.unprocessable !== null && said.kind !== 'malformed') fault('unprocessable', frame.unprocessable);
  switch (said.kind) {
    case 'malformed': fault('malformed', said.problem); break;
    case 'command':
      count('commands');
      step.state = { ...step.state, asked: last([...step.state.asked, { id: said.messageId, action: said.action, stops: said.stops, at: frame.receivedAt, sequence: String(frame.sequence) }], ASKED_MAX) };
      break;
    case 'result': case 'error': step.state = answered(step.state, frame, said, { count, fault }); break;
    case 'call': step.state = called(step.state, frame, said, { count, fault }); break;
    case 'answer_sent': break;
  }
  return step;
}

type Report = (kind: FrameFault, detail: string, sequence?: bigint) => void;
type Tools = { readonly count: (amount: Amount) => void; readonly fault: Report };
type Of<K extends Heard['said']['kind']> = Extract<Heard['said'], { readonly kind: K }>;

/** A newer connection: what was asked over the old one is lost with it, and nobody's fault. Frames of an older one may be stored late. */
function connected(state: PointState, { generation }: Heard, count: Tools['count']): PointState {
  if (state.generation !== null && BigInt(state.generation) >= generation) return state;
  if (state.generation !== null) count('reconnects');
  return { ...state, generation: String(generation), ids: [], asked: [], toldSilentBoot: false };
}

function overdue(state: PointState, { receivedAt }: Heard, fault: Report): PointState {
  const late = state.asked.filter(({ at }) => receivedAt - at > ANSWER_MS);
  if (late.length === 0) return state;
  for (const { action, sequence } of late) fault('noAnswers', `${action} was not answered within ${ANSWER_MS / 1_000} s`, BigInt(sequence));
  return { ...state, asked: state.asked.filter((each) => !late.includes(each)) };
}

function answered(state: PointState, frame: Heard, said: Of<'result'> | Of<'error'>, { count, fault }: Tools): PointState {
  const asked = state.asked.find(({ id }) => id === said.messageId);
  if (asked === undefined) return state;
  const rest = { ...state, asked: state.asked.filter((each) => each !== asked) };
  if (said.kind === 'error') {
    if (!HONEST_ERRORS.has(said.code)) fault('wrongAnswers', `${asked.action} was answered with ${said.code}`);
    return rest;
  }
  const broken = said.breaks(asked.action);
  if (broken !== null) fault('wrongAnswers', `${asked.action}: ${broken}`);
  if (asked.stops === null || said.status !== 'Accepted') return rest;
  count('stops');
  return { ...rest, stopping: last([...rest.stopping.filter(({ ref }) => ref !== asked.stops), { ref: asked.stops, at: frame.receivedAt }], ASKED_MAX) };
}

function called(state: PointState, frame: Heard, said: Of<'call'>, tools: Tools): PointState {
  const { count, fault } = tools;
  count('calls');
  if (frame.violation !== null) fault(frame.violation.includes('unknown action') ? 'unknownActions' : 'schemaBreaks', `${said.action}: ${frame.violation}`);
  if (state.ids.includes(said.messageId)) {
    fault('repeated', `${said.action}: the message id was used before on this connection`);
    return state;
  }
  const heard = { ...state, ids: last([...state.ids, said.messageId], IDS_MAX) };
  if (said.boot !== null) {
    count('boots');
    const make = makeOf(said.boot);
    return { ...heard, make: sameMake(make, heard.make) ? heard.make : make, booted: true, stopping: [] };
  }
  if (!heard.booted && !heard.toldSilentBoot) fault('outOfOrder', `${said.action} before any BootNotification`);
  const spoken = heard.booted ? heard : { ...heard, toldSilentBoot: true };
  return said.transaction === null ? spoken : inTransaction(spoken, frame, said.transaction, tools);
}

function inTransaction(state: PointState, frame: Heard, word: TransactionWord, { fault }: Tools): PointState {
  const { ref, phase, seqNo, offline, stopped } = word;
  const open = state.open.find((each) => each.ref === ref), isEnded = state.ended.includes(ref);
  if (isEnded) {
    if (phase === 'read' && !offline) fault('outOfOrder', 'a reading of a transaction after its end');
    else if (phase === 'end') fault('repeated', 'the end of a transaction in another message');
    else if (phase === 'start' && !offline) fault('outOfOrder', 'the start of a transaction after its end');
    return state;
  }
  if (open !== undefined && frame.protocol === 'ocpp2.0.1') {
    if (phase === 'start') fault('repeated', 'the start of a transaction in another message');
    // A lower number may have been tried before and sent again: then it comes after later ones, and rightly (Part 2, E §1.3.2).
    else if (seqNo !== null && seqNo === open.seqNo && !offline) fault('repeated', `seqNo ${seqNo} again`);
  }
  // A log that begins in the middle of a transaction proves nothing of its start.
  if (open === undefined && phase === 'read' && frame.protocol === 'ocpp2.0.1' && !offline && state.booted && seqNo === 1) fault('outOfOrder', 'an update before the start of its transaction');
  const stopping = state.stopping.find((each) => each.ref === ref);
  const ignored = phase === 'read' && !offline && !stopped && stopping !== undefined && frame.receivedAt - stopping.at > STOP_FOLLOWED_MS;
  if (ignored) fault('stopsNotFollowed', `still charging ${Math.round((frame.receivedAt - stopping.at) / 1_000)} s after an accepted stop`);
  const settled = ignored || stopped || phase === 'end' ? state.stopping.filter((each) => each.ref !== ref) : state.stopping;
  if (phase === 'end') return { ...state, open: state.open.filter((each) => each.ref !== ref), ended: last([...state.ended, ref], TRANSACTIONS_MAX), stopping: settled };
  const highest = open !== undefined && open.seqNo !== null && (seqNo === null || seqNo < open.seqNo) ? open.seqNo : seqNo;
  return { ...state, open: last([...state.open.filter((each) => each.ref !== ref), { ref, seqNo: highest }], TRANSACTIONS_MAX), stopping: settled };
}
