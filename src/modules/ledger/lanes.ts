/** Lanes: concurrent single transfers, of one operator or of many, share flushes and with them commits. */
import { assert, type Clock, type OperatorId } from '../../kernel/index.ts';
import type { Database } from '../../platform/database/index.ts';
import type { CreateTransferResult, TransferEvent, TransferRequest } from './domain/transfer.ts';
import { checkedRequest } from './commands/checked-request.ts';
import { flushConnections, FLUSHES_MAX, type FlushConnections, type FlushFault } from './store/flush-connections.ts';
import type { KnownAccounts } from './store/known-accounts.ts';
import type { FlushPart } from './store/prefetch.ts';

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

/** Of one operator, in the order in which they came. */
type Group = { readonly operatorId: OperatorId; readonly entries: readonly Waiting[] };
type Waiting = { readonly operatorId: OperatorId; readonly request: TransferRequest; resolve(result: CreateTransferResult): void; reject(error: unknown): void };

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
  const lanes = new Map<OperatorId, Waiting[]>();
  const flights = new Set<Flight>(), worthAFlight = Math.min(FLIGHT_EVENTS_MIN, limits.events);
  let waiting = 0, scheduled = false;
  let idlers: (() => void)[] = [];

  const pump = (): void => {
    scheduled = false;
    while (waiting > 0 && flights.size < limits.flushes && (flights.size === 0 || waiting >= worthAFlight)) {
      // Split between the flights that are free, so that one computes while the other waits for its commit, but into no parts that are not worth a flight.
      const share = Math.ceil(waiting / Math.max(1, Math.min(limits.flushes - flights.size, Math.floor(waiting / worthAFlight))));
      const taken = takeFairly(lanes, Math.min(limits.events, share), limits.operators, flights.size === 0 ? null : (entry) => meets(entry, flights));
      if (taken.length === 0) return;
      waiting -= countOf(taken);
      const flight: Flight = { taken, known: connections.known, locked: null };
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
      const entry: Waiting = { operatorId, request: checkedRequest(event), resolve, reject };
      const lane = lanes.get(operatorId);
      if (lane === undefined) lanes.set(operatorId, [entry]); else lane.push(entry);
      waiting += 1;
      schedule();
    }),
    idle: () => new Promise((resolve) => { if (waiting === 0 && flights.size === 0) resolve(); else idlers.push(resolve); }),
  };
}

/** `locked`: the limited accounts whose rows a flush under way holds until it has committed, as far as they are known; found out when another flight asks. */
type Flight = { readonly taken: readonly Group[]; readonly known: KnownAccounts; locked: ReadonlyMap<OperatorId, ReadonlySet<bigint>> | null };

function lockedBy({ taken, known }: Flight): Map<OperatorId, Set<bigint>> {
  const locked = new Map<OperatorId, Set<bigint>>();
  for (const { operatorId, entries } of taken) {
    const accounts = known.of(operatorId);
    if (accounts === undefined) continue;
    const ids = new Set<bigint>();
    for (const { request: { debitAccountId, creditAccountId } } of entries) {
      if (accounts.get(debitAccountId)?.limited === true) ids.add(debitAccountId);
      if (accounts.get(creditAccountId)?.limited === true) ids.add(creditAccountId);
    }
    if (ids.size > 0) locked.set(operatorId, ids);
  }
  return locked;
}

/** Such a transfer stays in its lane until that flight is over, instead of making a whole flush wait for one row. */
function meets({ operatorId, request }: Waiting, flights: Iterable<Flight>): boolean {
  for (const flight of flights) {
    const locked = (flight.locked ??= lockedBy(flight)).get(operatorId);
    if (locked !== undefined && (locked.has(request.debitAccountId) || locked.has(request.creditAccountId))) return true;
  }
  return false;
}

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
function takeFairly(lanes: Map<OperatorId, Waiting[]>, eventsMax: number, operatorsMax: number, stays: ((entry: Waiting) => boolean) | null): Group[] {
  if (stays === null && lanes.size <= operatorsMax) { // Usually all of them.
    let count = 0;
    for (const lane of lanes.values()) count += lane.length;
    if (count <= eventsMax) {
      const all: Group[] = [];
      for (const [operatorId, entries] of lanes) all.push({ operatorId, entries });
      lanes.clear();
      return all;
    }
  }
  const taken: Waiting[] = [];
  const chosen: { readonly operatorId: OperatorId; readonly lane: Waiting[]; readonly ready: Waiting[] }[] = [];
  for (const [operatorId, lane] of lanes) {
    if (chosen.length === operatorsMax) break;
    const ready = firstReady(lane, eventsMax, stays);
    if (ready.length > 0) chosen.push({ operatorId, lane, ready });
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
  const gone = new Set(taken);
  for (const { operatorId, lane } of chosen) { // What is left of a lane goes to the end of the turn.
    lanes.delete(operatorId);
    const left = lane.filter((entry) => !gone.has(entry));
    if (left.length > 0) lanes.set(operatorId, left);
  }
  return grouped(taken);
}

const grouped = (taken: readonly Waiting[]): Group[] => [...Map.groupBy(taken, (entry) => entry.operatorId)].map(([operatorId, entries]) => ({ operatorId, entries }));

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

type Run = (parts: readonly FlushPart[]) => ReturnType<FlushConnections['flush']>;

async function flush(run: Run, taken: readonly Group[]): Promise<void> {
  try {
    // Sorted, so that all flushes enter and lock in one order.
    const groups = taken.length < 2 ? taken : [...taken].sort((a, b) => (a.operatorId < b.operatorId ? -1 : 1));
    const results = await run(groups.map(({ operatorId, entries }) => ({ operatorId, batches: entries.map((entry) => [entry.request]) })));
    for (let index = 0; index < groups.length; index++) {
      const { entries } = groups[index]!, ofGroup = results[index]!;
      for (let position = 0; position < entries.length; position++) entries[position]!.resolve(ofGroup[position]![0]!);
    }
  } catch (error) {
    const entries = taken.flatMap((group) => group.entries);
    if (entries.length === 1) { entries[0]!.reject(error); return; }
    const half = entries.length >> 1;
    await flush(run, grouped(entries.slice(0, half)));
    await flush(run, grouped(entries.slice(half)));
  }
}
