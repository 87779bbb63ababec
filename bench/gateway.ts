/**
 * The OCPP gateway beside a bare `ws` echo server, in one run, with the stations in a second process on the same machine.
 * `ws.echo.N`: N connections, each sends the same MeterValues frame and waits for it to come back; nothing is parsed or stored.
 * `gateway.metervalues.N`: N connections of charge points with an open transaction, each sends MeterValues (five samples) and waits for
 * the answer, which comes when the frame is committed to a durable PostgreSQL. The applier runs in the same process all the time and
 * turns the frames into readings of their sessions; `applied_per_s` says how many it worked meanwhile.
 * `gateway.idle_connection_bytes`: resident memory of a fresh process per connection, 2,000 idle ones, after garbage collection.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { randomBytes } from 'node:crypto';
import { applierLag, startApplier, startGateway } from '../src/modules/ocpp-gateway/index.ts';
import { createOperator } from '../src/modules/parties/index.ts';
import { systemClock } from '../src/platform/clock/index.ts';
import type { OperatorDatabase } from '../src/platform/database/index.ts';
import { installMasterKeys, masterKeysOf } from '../src/platform/secrets/index.ts';
import { silentLogger } from '../src/platform/logging/logger.ts';
import { assert } from '../src/kernel/index.ts';
import { printMeasurements, runInterleaved, type Figures, type Workload } from './harness.ts';
import type { IdleMemory } from './gateway-processes/idle-server.ts';
import type { FromStations } from './gateway-processes/stations.ts';
import { prepareStations, tell } from './gateway-processes/tell.ts';
import type { BenchArguments } from './run.ts';
import { startBenchServer, type BenchServer } from './server.ts';

const SIZES = [200, 2_000] as const;
const IDLE_CONNECTIONS = 2_000;
const DURATION_MS = 4_000;

export async function run({ json, arguments: only }: BenchArguments): Promise<void> {
  installMasterKeys(masterKeysOf(new Map([[1, randomBytes(32)]])));
  const server = await startBenchServer();
  const stations = fork(new URL('gateway-processes/stations.ts', import.meta.url));
  try {
    const bench = await openGatewayBench(server, stations);
    const chosen = bench.workloads.filter((workload) => only.length === 0 || only.some((part) => workload.name.includes(part) || bench.workloads.some((other) => other.baseline === workload.name && other.name.includes(part))));
    printMeasurements(await runInterleaved(chosen, { durationMs: DURATION_MS, progress: (line) => process.stderr.write(`${line}\n`) }), json);
    await bench.close();
  } finally {
    stations.kill();
    await server.close();
  }
}

async function openGatewayBench(server: BenchServer, stations: ChildProcess): Promise<{ workloads: Workload[]; close(): Promise<void> }> {
  const database = server.open(16);
  const created = await createOperator(database, { name: 'Bench', currency: 'CNY', timeZone: 'Asia/Shanghai', code: `bench-${randomBytes(4).toString('hex')}` });
  assert(created.ok, 'operator');
  const odb = database.forOperator(created.value);
  const applier = startApplier({ database, clock: systemClock, logger: silentLogger });
  const gateway = await startGateway({ database, clock: systemClock, logger: silentLogger, onFrames: applier.wake });
  const echo = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  echo.on('connection', (socket) => { socket.on('message', (data) => { socket.send(data.toString()); }); });
  await once(echo, 'listening');
  const echoUrl = `ws://127.0.0.1:${(echo.address() as { port: number }).port}`, gatewayUrl = `ws://127.0.0.1:${gateway.port}`;
  const say = (line: string): void => { process.stderr.write(`${line}\n`); };
  for (const size of SIZES) {
    say(`preparing ${size} charge points`);
    const identities = await prepareStations(odb, size);
    await tell(stations, { do: 'connect', group: `echo${size}`, url: echoUrl, identities, protocol: null });
    await tell(stations, { do: 'connect', group: `gateway${size}`, url: gatewayUrl, identities, protocol: 'ocpp1.6' });
    say(`starting ${size} transactions`);
    await tell(stations, { do: 'begin', group: `gateway${size}` });
  }
  say('letting the applier catch up');
  await applier.drain(300_000);
  const idle = await idleIdentities(odb);
  return {
    workloads: [
      ...SIZES.flatMap((size): Workload[] => [
        { name: `ws.echo.${size}`, unit: 'round trips/s', measure: async (durationMs) => figures(await tell(stations, { do: 'measure', group: `echo${size}`, durationMs })) },
        { name: `gateway.metervalues.${size}`, unit: 'stored/s', baseline: `ws.echo.${size}`, measure: (durationMs) => measureStored(odb, stations, { group: `gateway${size}`, durationMs }) },
      ]),
      { name: 'ws.idle_connection_bytes', unit: 'bytes', measure: () => idleMemory(server, stations, { kind: 'echo', identities: idle }) },
      { name: 'gateway.idle_connection_bytes', unit: 'bytes', baseline: 'ws.idle_connection_bytes', measure: () => idleMemory(server, stations, { kind: 'gateway', identities: idle }) },
    ],
    close: async () => {
      await gateway.close();
      await applier.close();
      echo.close();
      for (const client of echo.clients) client.terminate();
    },
  };
}

const idleIdentities = (odb: OperatorDatabase): Promise<string[]> => prepareStations(odb, IDLE_CONNECTIONS);

/** Every answered message is a committed row: the count in the table is compared with the stations' own. */
async function measureStored(odb: OperatorDatabase, stations: ChildProcess, run: { readonly group: string; readonly durationMs: number }): Promise<Figures> {
  const before = await applierLag(odb);
  const measured = await tell(stations, { do: 'measure', ...run });
  const after = await applierLag(odb);
  assert('messages' in measured && measured.errors === 0, 'a charge point was answered with an error');
  const stored = Number(after.lastSequence - before.lastSequence);
  assert(stored >= measured.messages, `${measured.messages} messages were answered and ${stored} are stored`);
  const { value, more } = figures(measured);
  return { value, more: { ...more, applied_per_s: (1_000 * Number(after.appliedSequence - before.appliedSequence)) / measured.elapsedMs, waiting_frames: Number(after.lastSequence - after.appliedSequence) } };
}

function figures(measured: FromStations): Figures {
  assert('messages' in measured, 'the stations have measured');
  return { value: (1_000 * measured.messages) / measured.elapsedMs, more: { p50_ms: measured.p50Ms, p99_ms: measured.p99Ms } };
}

async function idleMemory(server: BenchServer, stations: ChildProcess, { kind, identities }: { readonly kind: 'gateway' | 'echo'; readonly identities: readonly string[] }): Promise<Figures> {
  const child = fork(new URL('gateway-processes/idle-server.ts', import.meta.url), [JSON.stringify({ kind, urls: server.urls })], { execArgv: ['--expose-gc'] });
  try {
    const [{ port }] = await once(child, 'message') as [{ port: number }];
    const read = async (): Promise<IdleMemory> => {
      child.send('memory');
      return (await once(child, 'message') as [IdleMemory])[0];
    };
    // One connection first, so that what is loaded and prepared once is not counted as if each connection cost it.
    await tell(stations, { do: 'connect', group: 'first', url: `ws://127.0.0.1:${port}`, identities: identities.slice(0, 1), protocol: kind === 'gateway' ? 'ocpp1.6' : null });
    const before = await read();
    await tell(stations, { do: 'connect', group: 'idle', url: `ws://127.0.0.1:${port}`, identities: identities.slice(1), protocol: kind === 'gateway' ? 'ocpp1.6' : null });
    const after = await read();
    assert(after.connections === identities.length, `${after.connections} of ${identities.length} are connected`);
    const each = identities.length - 1;
    return { value: (after.rssBytes - before.rssBytes) / each, more: { heap_bytes: (after.heapBytes - before.heapBytes) / each } };
  } finally {
    await tell(stations, { do: 'disconnect', group: 'first' });
    await tell(stations, { do: 'disconnect', group: 'idle' });
    child.disconnect();
    await once(child, 'exit');
  }
}
