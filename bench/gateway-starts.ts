/**
 * How long a car waits at its charge point: from StartTransaction to the answer with the transaction's number, which is a decision of charging in a
 * transaction of its own. `gateway.start_latency`: while 2,000 other connections keep one MeterValues each under way, without a pause; its
 * baseline `gateway.start_latency.calm` is the same without them, in the same run. Milliseconds, lower is better; the value is the p99.
 * Cars and flood are processes of their own, so that what the flood costs its own process is not counted as the gateway's.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { startApplier, startGateway } from '../src/modules/ocpp-gateway/index.ts';
import { createOperator } from '../src/modules/parties/index.ts';
import { systemClock } from '../src/platform/clock/index.ts';
import { silentLogger } from '../src/platform/logging/logger.ts';
import { installMasterKeys, masterKeysOf } from '../src/platform/secrets/index.ts';
import { assert } from '../src/kernel/index.ts';
import { prepareStations, tell } from './gateway-processes/tell.ts';
import { printMeasurements, runInterleaved, type Figures } from './harness.ts';
import type { BenchArguments } from './run.ts';
import { startBenchServer } from './server.ts';

const CARS = 20, FLOOD = 2_000;
const DURATION_MS = 8_000, PAUSE_MS = 250;

export async function run({ json }: BenchArguments): Promise<void> {
  installMasterKeys(masterKeysOf(new Map([[1, randomBytes(32)]])));
  const server = await startBenchServer();
  const [cars, flood] = [fork(new URL('gateway-processes/stations.ts', import.meta.url)), fork(new URL('gateway-processes/stations.ts', import.meta.url))];
  try {
    const database = server.open(16);
    const created = await createOperator(database, { name: 'Bench', currency: 'CNY', timeZone: 'Asia/Shanghai', code: `bench-${randomBytes(4).toString('hex')}` });
    assert(created.ok, 'operator');
    const odb = database.forOperator(created.value);
    const applier = startApplier({ database, clock: systemClock, logger: silentLogger });
    const gateway = await startGateway({ database, clock: systemClock, logger: silentLogger, onFrames: applier.wake });
    const url = `ws://127.0.0.1:${gateway.port}`;
    process.stderr.write(`preparing ${CARS} and ${FLOOD} charge points\n`);
    await tell(cars, { do: 'connect', group: 'cars', url, identities: await prepareStations(odb, CARS), protocol: 'ocpp1.6' });
    await tell(flood, { do: 'connect', group: 'flood', url, identities: await prepareStations(odb, FLOOD), protocol: 'ocpp1.6' });
    await tell(flood, { do: 'begin', group: 'flood' });
    await applier.drain(300_000);
    const measure = async (durationMs: number, more: Readonly<Record<string, number>> = {}): Promise<Figures> => {
      const measured = await tell(cars, { do: 'start', group: 'cars', durationMs, pauseMs: PAUSE_MS });
      assert('messages' in measured && measured.errors === 0, 'a start was answered without a transaction');
      return { value: measured.p99Ms, more: { p50_ms: measured.p50Ms, p99_ms: measured.p99Ms, starts: measured.messages, ...more } };
    };
    printMeasurements(await runInterleaved([
      { name: 'gateway.start_latency.calm', unit: 'ms', measure: async (durationMs) => { await applier.drain(300_000); return measure(durationMs); } },
      {
        name: 'gateway.start_latency', unit: 'ms', baseline: 'gateway.start_latency.calm',
        measure: async (durationMs) => {
          // The flood is there before the first car and after the last.
          const flooding = tell(flood, { do: 'measure', group: 'flood', durationMs: durationMs + 2_000 });
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          const figures = await measure(durationMs);
          const flooded = await flooding;
          assert('messages' in flooded && flooded.errors === 0, 'a charge point was answered with an error');
          return { ...figures, more: { ...figures.more, flood_per_s: (1_000 * flooded.messages) / flooded.elapsedMs, flood_p99_ms: flooded.p99Ms } };
        },
      },
    ], { durationMs: DURATION_MS, warmUpMs: 2_000, progress: (line) => process.stderr.write(`${line}\n`) }), json);
    await gateway.close();
    await applier.close();
  } finally {
    cars.kill();
    flood.kill();
    await server.close();
  }
}
