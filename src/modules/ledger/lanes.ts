/** Lanes: concurrent single transfers, of one operator or of many, share flushes and with them commits. */
import { assert, type Clock, type OperatorId } from '../../kernel/index.ts';
import type { Database } from '../../platform/database/index.ts';
import type { CreateTransferResult, TransferEvent, TransferRequest } from './domain/transfer.ts';
import { checkedRequest } from './commands/checked-request.ts';
import { flushConnections, FLUSHES_MAX, type FlushConnections, type FlushFault, type KnownPart } from './store/flush-connections.ts';
import type { KnownOperator } from './store/known-accounts.ts';

/** A flush carries at most this many transfers. */
export const FLUSH_EVENTS_MAX = 256;
/** …of at most this many operators. Set to 1 where the database is distributed by operator: then a batch is of one operator. */
export const FLUSH_OPERATORS_MAX = 64;
/**
 * What a flight beside another one carries at least: each has a cost of its own, about that of twenty transfers. While fewer wait, they travel together behind the flight under way.
 */
export const FLIGHT_EVENTS_MIN = 32;
/** How far into a lane a flush looks past transfers that have to stay. */
export const LANE_SCAN_MAX = 1_024;
/** Transfers that may wait; what comes on top is refused with `LanesFull` at once. */
export const LANE_QUEUE_MAX = 50_000;

export type LaneOptions = {
  readonly clock: Clock;
  readonly flushEventsMax?: number;
  readonly flushOperatorsMax?: number;
  /** Flushes of these lanes under way at once; all lanes of a database together have `FLUSHES_MAX`. */
  readonly flushesMax?: number;
  readonly queueMax?: number;
  /** For tests: what goes wrong before a write. */
  readonly fault?: FlushFault;
};

export type Lanes = {
  /** Books one transfer; resolves after its commit. Other callers' failures are not its own. */
  createTransfer(operatorId: OperatorId, event: TransferEvent): Promise<CreateTransferResult>;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
};

/** More transfers wait than the lanes hold: the database does not keep up. */
export class LanesFull extends Error {
  override readonly name = 'LanesFull';
}

/**
 * Of one operator: what waits, in the order in which it came. A lane stays as long as the process lives and keeps what each transfer of the operator would have to look up: with many operators
 * the way to it costs more than the work on it.
 */
type Lane = { readonly operatorId: OperatorId; readonly known: KnownOperator; /** The first 48 bits of the id: the order of ids where it differs. */ readonly rank: number; waiting: Waiting[] };
type Waiting = { readonly lane: Lane; readonly request: TransferRequest; resolve(result: CreateTransferResult): void; reject(error: unknown): void };
/** What a flush takes from a lane. */
type Group = { readonly lane: Lane; readonly entries: readonly Waiting[] };

/**
 * Every operator waits in a lane of its own; a flush takes from the lanes in turn, so that a busy operator cannot starve the others, and a lane
 * that was not emptied goes to the end. A flush that fails is halved until the transfer that fails alone is found. After a connection is lost it
 * is unknown whether the commit happened: the flush then runs again, and what had been booked answers `exists`.
 */
export function createLanes(database: Database, options: LaneOptions): Lanes {
  const limits = {
    events: options.flushEventsMax ?? FLUSH_EVENTS_MAX, operators: options.flushOperatorsMax ?? FLUSH_OPERATORS_MAX,
    flushes: options.flushesMax ?? FLUSHES_MAX, queue: options.queueMax ?? LANE_QUEUE_MAX,
  };
  assert(limits.events > 0 && limits.operators > 0 && limits.flushes > 0, 'a lane moves at least one transfer at a time');
  const connections = flushConnections(database);
  const run: Run = (parts) => connections.flush(parts, options.clock, options.fault);
  const lanes = new Map<OperatorId, Lane>();
  const laneOf = (operatorId: OperatorId): Lane => {
    let lane = lanes.get(operatorId);
    if (lane === undefined) lanes.set(operatorId, (lane = { operatorId, known: connections.known.of(operatorId), rank: rankOf(operatorId), waiting: [] }));
    return lane;
  };
  /** The lanes in which something waits. */
  const turn: Lane[] = [];
  const flights = new Set<Flight>(), worthAFlight = Math.min(FLIGHT_EVENTS_MIN, limits.events);
  let waiting = 0, scheduled = false;
  let idlers: (() => void)[] = [];

  const pump = (): void => {
    scheduled = false;
    while (waiting > 0 && flights.size < limits.flushes && (flights.size === 0 || waiting >= worthAFlight)) {
      // Split between the flights that are free, so that one computes while the other waits for its commit, but into no parts that are not worth a flight.
      const share = Math.ceil(waiting / Math.max(1, Math.min(limits.flushes - flights.size, Math.floor(waiting / worthAFlight))));
      const taken = takeFairly(turn, Math.min(limits.events, share), limits.operators, flights.size === 0 ? null : (entry) => meets(entry, flights));
      if (taken.length === 0) return;
      waiting -= countOf(taken);
      const flight: Flight = { taken, locked: null };
      flights.add(flight);
      void flush(run, taken).finally(() => {
        flights.delete(flight);
        schedule();
        if (waiting === 0 && flights.size === 0) { for (const wake of idlers) wake(); idlers = []; }
      });
    }
  };
  // The flush is formed after everything that is ready to run has run, so that callers woken together travel together.
  const schedule = (): void => {
    if (scheduled || waiting === 0 || flights.size >= limits.flushes) return;
    scheduled = true;
    setImmediate(pump);
  };

  return {
    createTransfer: (operatorId, event) => new Promise((resolve, reject) => {
      if (waiting >= limits.queue) { reject(new LanesFull(`${waiting} transfers wait already`)); return; }
      const lane = laneOf(operatorId);
      const entry: Waiting = { lane, request: checkedRequest(event), resolve, reject };
      if (lane.waiting.push(entry) === 1) turn.push(lane);
      waiting += 1;
      schedule();
    }),
    idle: () => new Promise((resolve) => { if (waiting === 0 && flights.size === 0) resolve(); else idlers.push(resolve); }),
  };
}

/** `locked`: the limited accounts whose rows a flush under way holds until it has committed, as far as they are known; found out when another flight asks. */
type Flight = { readonly taken: readonly Group[]; locked: ReadonlyMap<Lane, ReadonlySet<bigint>> | null };

function lockedBy({ taken }: Flight): Map<Lane, Set<bigint>> {
  const locked = new Map<Lane, Set<bigint>>();
  for (const { lane, entries } of taken) {
    const { accounts } = lane.known, ids = new Set<bigint>();
    for (const { request: { debitAccountId, creditAccountId } } of entries) {
      if (accounts.get(debitAccountId)?.limited === true) ids.add(debitAccountId);
      if (accounts.get(creditAccountId)?.limited === true) ids.add(creditAccountId);
    }
    if (ids.size > 0) locked.set(lane, ids);
  }
  return locked;
}

/** Such a transfer stays in its lane until that flight is over, instead of making a whole flush wait for one row. */
function meets({ lane, request }: Waiting, flights: Iterable<Flight>): boolean {
  for (const flight of flights) {
    const locked = (flight.locked ??= lockedBy(flight)).get(lane);
    if (locked !== undefined && (locked.has(request.debitAccountId) || locked.has(request.creditAccountId))) return true;
  }
  return false;
}

const rankOf = (operatorId: OperatorId): number => Number.parseInt(operatorId.slice(0, 8) + operatorId.slice(9, 13), 16);
const inOrder = (a: Group, b: Group): number => a.lane.rank - b.lane.rank || (a.lane.operatorId < b.lane.operatorId ? -1 : 1);

const defaultLanes = new WeakMap<Database, WeakMap<Clock, Lanes>>();

/** The lanes that single transfers through this database and clock share. */
export function laneOf(database: Database, clock: Clock): Lanes {
  let ofClock = defaultLanes.get(database);
  if (ofClock === undefined) defaultLanes.set(database, (ofClock = new WeakMap()));
  let lanes = ofClock.get(clock);
  if (lanes === undefined) ofClock.set(clock, (lanes = createLanes(database, { clock })));
  return lanes;
}

/** Takes an equal share from each lane, oldest first, and again as long as there is room. What has to stay is passed over; `stays` is null when nothing has to. */
function takeFairly(turn: Lane[], eventsMax: number, operatorsMax: number, stays: ((entry: Waiting) => boolean) | null): Group[] {
  if (stays === null && turn.length <= operatorsMax) { // Usually all of them.
    let count = 0;
    for (const lane of turn) count += lane.waiting.length;
    if (count <= eventsMax) {
      const all = turn.map((lane) => ({ lane, entries: lane.waiting }));
      for (const { lane } of all) lane.waiting = [];
      turn.length = 0;
      return all;
    }
  }
  const taken: Waiting[] = [];
  const chosen: { readonly lane: Lane; readonly ready: Waiting[] }[] = [];
  for (const lane of turn) {
    if (chosen.length === operatorsMax) break;
    const ready = firstReady(lane.waiting, eventsMax, stays);
    if (ready.length > 0) chosen.push({ lane, ready });
  }
  const open = [...chosen];
  for (let room = eventsMax; room > 0 && open.length > 0; room = eventsMax - taken.length) {
    const share = Math.max(1, Math.floor(room / open.length));
    for (let i = open.length - 1; i >= 0 && taken.length < eventsMax; i--) {
      const { ready } = open[i]!;
      taken.push(...ready.splice(0, Math.min(share, eventsMax - taken.length)));
      if (ready.length === 0) open.splice(i, 1);
    }
  }
  const gone = new Set(taken), served = new Set(chosen.map(({ lane }) => lane));
  for (const lane of served) lane.waiting = lane.waiting.filter((entry) => !gone.has(entry));
  // What is left of a lane goes to the end of the turn.
  const rest = [...turn.filter((lane) => !served.has(lane)), ...turn.filter((lane) => served.has(lane) && lane.waiting.length > 0)];
  turn.splice(0, turn.length, ...rest);
  return grouped(taken);
}

const grouped = (taken: readonly Waiting[]): Group[] => [...Map.groupBy(taken, (entry) => entry.lane)].map(([lane, entries]) => ({ lane, entries }));

function countOf(groups: readonly Group[]): number {
  let count = 0;
  for (const { entries } of groups) count += entries.length;
  return count;
}

function firstReady(lane: readonly Waiting[], max: number, stays: ((entry: Waiting) => boolean) | null): Waiting[] {
  const ready: Waiting[] = [];
  for (let i = 0; i < lane.length && i < LANE_SCAN_MAX && ready.length < max; i++) {
    const entry = lane[i]!;
    if (stays === null || !stays(entry)) ready.push(entry);
  }
  return ready;
}

type Run = (parts: readonly KnownPart[]) => ReturnType<FlushConnections['flush']>;

async function flush(run: Run, taken: readonly Group[]): Promise<void> {
  try {
    // Sorted, so that all flushes enter and lock in one order.
    const groups = taken.length < 2 ? taken : [...taken].sort(inOrder);
    const flushed = await run(groups.map(({ lane: { operatorId, known }, entries }) => ({ operatorId, known, requests: entries.map((entry) => entry.request) })));
    if (flushed.createdFrom !== null) {
      let timestamp = flushed.createdFrom;
      for (const { entries } of groups) for (const entry of entries) entry.resolve({ status: 'created', timestamp: timestamp++ });
    } else {
      groups.forEach(({ entries }, index) => { entries.forEach((entry, position) => { entry.resolve(flushed.results[index]![position]!); }); });
    }
  } catch (error) {
    const entries = taken.flatMap((group) => group.entries);
    if (entries.length === 1) { entries[0]!.reject(error); return; }
    const half = entries.length >> 1;
    await flush(run, grouped(entries.slice(0, half)));
    await flush(run, grouped(entries.slice(half)));
  }
}
