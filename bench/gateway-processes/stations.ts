/**
 * The other side of the gateway benchmark, a process of its own: holds groups of connections and, told to, keeps each of them busy
 * with one message under way (closed loop), for a while. Speaks with its parent over IPC.
 */
import { WebSocket } from 'ws';

export type ToStations =
  | { readonly do: 'connect'; readonly group: string; readonly url: string; readonly identities: readonly string[]; readonly protocol: string | null }
  | { readonly do: 'begin'; readonly group: string }
  | { readonly do: 'measure'; readonly group: string; readonly durationMs: number }
  /** Cars come: each station starts a transaction, waits for its number, stops it, and pauses. What is measured is how long the number takes. */
  | { readonly do: 'start'; readonly group: string; readonly durationMs: number; readonly pauseMs: number }
  | { readonly do: 'disconnect'; readonly group: string };
export type FromStations = { readonly ready: true } | { readonly messages: number; readonly elapsedMs: number; readonly p50Ms: number; readonly p99Ms: number; readonly errors: number };

type Station = { readonly socket: WebSocket; answered: ((text: string) => void) | null; transactionId: number; registerWh: number };
const groups = new Map<string, Station[]>();
const CONNECTING_MAX = 100;
let messageIds = 0;

async function connect(url: string, identities: readonly string[], protocol: string | null): Promise<Station[]> {
  const stations: Station[] = [];
  for (let from = 0; from < identities.length; from += CONNECTING_MAX) {
    stations.push(...await Promise.all(identities.slice(from, from + CONNECTING_MAX).map((identity) => new Promise<Station>((resolve, reject) => {
      const socket = new WebSocket(`${url}/ocpp/${identity}`, protocol === null ? [] : [protocol], { perMessageDeflate: false });
      const station: Station = { socket, answered: null, transactionId: 0, registerWh: 1_000_000 };
      socket.once('open', () => { resolve(station); }).once('error', reject);
      socket.on('message', (data: Buffer) => {
        const { answered } = station;
        station.answered = null;
        answered?.(data.toString('utf8'));
      });
    }))));
  }
  return stations;
}

const ask = (station: Station, action: string, payload: object): Promise<string> => new Promise((resolve) => {
  station.answered = resolve;
  station.socket.send(JSON.stringify([2, `b${++messageIds}`, action, payload]));
});

/** Five samples, as a three-phase station sends them. */
function meterValues(station: Station): object {
  station.registerWh += 7;
  return {
    connectorId: 1, transactionId: station.transactionId, meterValue: [{
      timestamp: new Date().toISOString(), sampledValue: [
        { value: String(station.registerWh), context: 'Sample.Periodic', measurand: 'Energy.Active.Import.Register', location: 'Outlet', unit: 'Wh' },
        { value: '10850', context: 'Sample.Periodic', measurand: 'Power.Active.Import', location: 'Outlet', unit: 'W' },
        { value: '15.9', context: 'Sample.Periodic', measurand: 'Current.Import', phase: 'L1', location: 'Outlet', unit: 'A' },
        { value: '231.4', context: 'Sample.Periodic', measurand: 'Voltage', phase: 'L1', location: 'Outlet', unit: 'V' },
        { value: '54', context: 'Sample.Periodic', measurand: 'SoC', location: 'EV', unit: 'Percent' },
      ],
    }],
  };
}

async function begin(stations: readonly Station[]): Promise<void> {
  for (let from = 0; from < stations.length; from += CONNECTING_MAX) {
    await Promise.all(stations.slice(from, from + CONNECTING_MAX).map(async (station) => {
      const answer = JSON.parse(await ask(station, 'StartTransaction', { connectorId: 1, idTag: 'BENCH', meterStart: station.registerWh, timestamp: new Date().toISOString() })) as [number, string, { transactionId: number }];
      station.transactionId = answer[2].transactionId;
    }));
  }
}

async function start(stations: readonly Station[], durationMs: number, pauseMs: number): Promise<FromStations> {
  const latencies: number[] = [];
  let errors = 0;
  const startedAt = performance.now();
  const until = startedAt + durationMs;
  await Promise.all(stations.map(async (station) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * pauseMs));
    do {
      const sentAt = performance.now();
      const answer = JSON.parse(await ask(station, 'StartTransaction', { connectorId: 1, idTag: 'BENCH', meterStart: station.registerWh, timestamp: new Date().toISOString() })) as [number, string, { transactionId?: number }];
      latencies.push(performance.now() - sentAt);
      if (answer[0] !== 3 || !answer[2].transactionId) errors++;
      station.registerWh += 100;
      await ask(station, 'StopTransaction', { transactionId: answer[2].transactionId ?? 0, meterStop: station.registerWh, timestamp: new Date().toISOString() });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    } while (performance.now() < until);
  }));
  return told(latencies, performance.now() - startedAt, errors);
}

async function measure(stations: readonly Station[], durationMs: number): Promise<FromStations> {
  const latencies: number[] = [];
  let errors = 0;
  const startedAt = performance.now();
  const until = startedAt + durationMs;
  await Promise.all(stations.map(async (station) => {
    for (let sentAt = performance.now(); sentAt < until; sentAt = performance.now()) {
      const answer = await ask(station, 'MeterValues', meterValues(station));
      latencies.push(performance.now() - sentAt);
      if (answer.startsWith('[4')) errors++;
    }
  }));
  return told(latencies, performance.now() - startedAt, errors);
}

function told(latencies: number[], elapsedMs: number, errors: number): FromStations {
  latencies.sort((a, b) => a - b);
  const at = (fraction: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * fraction))] ?? 0;
  return { messages: latencies.length, elapsedMs, p50Ms: at(0.5), p99Ms: at(0.99), errors };
}

async function obey(order: ToStations): Promise<FromStations> {
  const stations = groups.get(order.group) ?? [];
  switch (order.do) {
    case 'connect': groups.set(order.group, await connect(order.url, order.identities, order.protocol)); return { ready: true };
    case 'begin': await begin(stations); return { ready: true };
    case 'measure': return measure(stations, order.durationMs);
    case 'start': return start(stations, order.durationMs, order.pauseMs);
    case 'disconnect':
      for (const { socket } of stations) socket.terminate();
      groups.delete(order.group);
      return { ready: true };
  }
}

process.on('message', (order: ToStations) => {
  obey(order).then((answer) => process.send!(answer), (error: unknown) => { throw error; });
});
