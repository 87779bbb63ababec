import { readingsBetween } from './curve.ts';
import { drawFaults, faultsNamed, strictest, type Draft, type Fault } from './faults.ts';
import { seededRandom, type Random } from './random.ts';
import type { ConnectorStatus, StationProfile, Step, TransactionMessage, Truth } from './types.ts';

/** A session to live, as a script says it or the day's plan drew it. Times are epoch milliseconds, energy is Wh. */
export type SessionOrder = {
  readonly session: string;
  readonly station: string;
  readonly evse: number;
  readonly idToken: string;
  readonly startAt: number;
  /** null: the session never ends. May lie before the start: stations do say such things. */
  readonly endAt: number | null;
  /** null: the register at the end is not known to the station (1.6 writes −1). May be negative, as found in the field. */
  readonly energyWh: number | null;
  readonly registerStartWh: number;
  /** Register readings in between; one MeterValues or Updated event each, or all in one when `readingsInOneMessage`. */
  readonly readings?: number;
  readonly readingsInOneMessage?: boolean;
  /** Names of faults, or how likely a session is to have one. */
  readonly faults?: readonly string[];
  readonly faultRate?: number;
  /** Also tell the states of the connector and ask for authorisation, as a station does; off makes for fewer frames. */
  readonly manners?: boolean;
};
export type PlannedSession = { readonly truth: Truth; readonly steps: readonly Step[]; readonly registerAfterWh: number };

const SECOND = 1_000;

/**
 * What a station will send for one session, faults included, and what is true about it. Pure: equal order, station and seed make
 * equal steps, whatever else happens.
 */
export function planSession(order: SessionOrder, station: StationProfile, seed: number): PlannedSession {
  const random = seededRandom(seed).fork(order.session);
  const faults = drawn(order, station, random);
  const draft = draftOf(order, station, random);
  for (const fault of faults) fault.apply(draft);
  const energyWh = order.energyWh ?? 0;
  const expected = strictest([...faults.map((fault) => fault.expected), ...(order.endAt === null || order.energyWh === null || energyWh < 0 ? ['flagged' as const] : [])]);
  const truth: Truth = {
    session: order.session, station: station.identity, version: station.version, evse: order.evse, idToken: order.idToken,
    startAt: order.startAt, endAt: order.endAt, trueEnergyWh: energyWh, faults: faults.map((fault) => fault.name), causes: causesOf(faults, draft), expected,
  };
  return { truth, registerAfterWh: draft.registerAfterWh, steps: [...politeSteps(order), ...draft.messages.map((entry) => ({ kind: 'message' as const, ...entry })), ...draft.extra] };
}

/** By fault, what may rightly be named when all of them have done their work. */
const causesOf = (faults: readonly Fault[], draft: Draft): Truth['causes'] => Object.fromEntries(faults.flatMap(({ name, causes }) => (causes ? [[name, typeof causes === 'function' ? causes(draft) : causes] as const] : [])));

/** Faults that need an ordinary session (an end, a length, some energy) are drawn for such a one only. */
function drawn(order: SessionOrder, station: StationProfile, random: Random): Fault[] {
  if (order.faults) return faultsNamed(order.faults);
  const ordinary = order.endAt !== null && order.endAt > order.startAt && order.energyWh !== null && order.energyWh > 0;
  return ordinary ? drawFaults(random, station.version, order.faultRate ?? 0) : [];
}

function draftOf(order: SessionOrder, station: StationProfile, random: Random): Draft {
  const endAt = order.endAt ?? order.startAt;
  const energyWh = order.energyWh ?? 0;
  const span = { startAt: order.startAt, endAt, registerStartWh: order.registerStartWh, energyWh: Math.max(0, energyWh) };
  const between = readingsBetween(span, order.endAt === null ? 0 : (order.readings ?? 0));
  const batches = between.length === 0 ? [] : order.readingsInOneMessage === true ? [between] : between.map((reading) => [reading]);
  let seqNo = 0;
  const message = (kind: TransactionMessage['kind'], at: number, changes: Partial<TransactionMessage>): { order: number; message: TransactionMessage } => {
    const number = seqNo++;
    return {
      order: orderOf(kind, at, order.startAt),
      message: {
        kind, session: order.session, messageId: `${order.session}.${number}`.slice(-36), evse: order.evse, at, stamp: new Date(at).toISOString(),
        registerWh: null, idToken: null, seqNo: number, readings: [], manner: {}, ...changes,
      },
    };
  };
  const messages = [
    message('started', order.startAt, { registerWh: order.registerStartWh, idToken: order.idToken }),
    ...batches.map((batch) => message('reading', batch.at(-1)!.at, { readings: batch })),
    ...(order.endAt === null ? [] : [message('ended', order.endAt, {
      registerWh: order.energyWh === null ? null : order.registerStartWh + energyWh, idToken: order.idToken, reason: random.chance(0.3) ? 'EVDisconnected' : 'Local',
    })]),
  ];
  return { random, version: station.version, startAt: order.startAt, endAt, registerStartWh: order.registerStartWh, energyWh, messages, extra: [], registerAfterWh: order.registerStartWh + Math.max(0, energyWh) };
}

/**
 * The moment at which a message leaves. A stop leaves just before a start of the same instant on the same station; what has no
 * duration leaves in the order in which it was planned.
 */
const orderOf = (kind: TransactionMessage['kind'], at: number, startAt: number): number =>
  at <= startAt ? startAt : kind === 'ended' ? at - 0.5 : at;

function politeSteps(order: SessionOrder): Step[] {
  if (order.manners !== true) return [];
  const status = (at: number, state: ConnectorStatus): Step => ({ kind: 'status', order: at, evse: order.evse, status: state, stamp: new Date(at).toISOString() });
  const endAt = Math.max(order.startAt, order.endAt ?? order.startAt);
  return [
    status(order.startAt - 20 * SECOND, 'Preparing'), { kind: 'authorize', order: order.startAt - 10 * SECOND, idToken: order.idToken }, status(order.startAt + SECOND, 'Charging'),
    ...(order.endAt === null ? [] : [status(endAt + 2 * SECOND, 'Finishing'), status(endAt + 30 * SECOND, 'Available')]),
  ];
}
