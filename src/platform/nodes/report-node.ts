import type { Clock } from '../../kernel/index.ts';
import type { Database } from '../database/index.ts';
import type { Logger } from '../logging/logger.ts';
import type { Metrics } from '../metrics/index.ts';
import { createPressureGauge, insertPressure } from '../pressure/index.ts';
import { watchEventLoop, type SlowRequests } from '../timings/index.ts';
import { compareNodes, describeDifference, type Difference } from './compare-nodes.ts';
import { beat, forgetOld, insertNode, insertSlowRequests, listNodes, markStopped, type NewNode } from './node-store.ts';

export const HEARTBEAT_MS = 10_000;
/** Pressure is measured with every so many heartbeats, old rows are deleted with every so many. */
const PRESSURE_EVERY = 6, FORGET_EVERY = 360;

export type NodeReport = {
  /** In what the living nodes differed at the last heartbeat. */
  drift(): readonly Difference[];
  /** One heartbeat, now. */
  tell(): Promise<void>;
  close(): Promise<void>;
};
export type NodeReportOptions = {
  readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics; readonly node: NewNode; readonly slowRequests: SlowRequests; readonly everyMs?: number;
};

/**
 * Says at every heartbeat that this process lives and what it runs with, compares it with the others, and writes down what it measured. Nothing waits for it: a heartbeat that fails is logged
 * and the next one tries again.
 */
export async function reportNode(options: NodeReportOptions): Promise<NodeReport> {
  const { database: { untenanted }, clock, logger, metrics, node, slowRequests } = options;
  watchEventLoop();
  const gauge = createPressureGauge(metrics);
  const drifting = metrics.gauge('kirchhoff_node_drift', 'In what the living nodes differ: version, schema version, or a setting. Anything is an alert.', ['what']);
  const slow = metrics.counter('kirchhoff_slow_requests_total', 'Requests that took longer than the threshold, by where most of the time went.', ['most']);
  let drift: readonly Difference[] = [], known = '', beats = 0, closed = false;
  const compare = async (): Promise<void> => {
    drift = compareNodes(await listNodes(untenanted), clock.now());
    drifting.reset();
    for (const { what } of drift) drifting.set({ what }, 1);
    const seen = drift.map(describeDifference).join('\n');
    if (seen !== known && seen !== '') logger.warn({ drift: drift.map(describeDifference) }, 'nodes run with different settings or versions');
    known = seen;
  };
  const tell = async (): Promise<void> => {
    const probe = async (): Promise<void> => { if (await beat(untenanted, node.nodeId, clock.now()) === 0) await insertNode(untenanted, { ...node, startedAt: clock.now() }); };
    if (beats++ % PRESSURE_EVERY === 0) await insertPressure(untenanted, node.nodeId, await gauge.measure(untenanted, { now: clock.now(), probe }));
    else await probe();
    await compare();
    const { requests, dropped } = slowRequests.take();
    for (const request of requests) slow.inc({ most: mostOf(request) });
    if (dropped > 0) slow.inc({ most: 'not_kept' }, dropped);
    await insertSlowRequests(untenanted, node.nodeId, requests);
    if (beats % FORGET_EVERY === 1) await forgetOld(untenanted, clock.now());
  };
  await insertNode(untenanted, node);
  await tell();
  let under: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    if (!closed) under = under.then(tell).catch((error: unknown) => logger.warn({ error: String(error) }, 'a heartbeat of this node could not be written'));
  }, options.everyMs ?? HEARTBEAT_MS);
  timer.unref();
  return {
    drift: () => drift, tell,
    close: async () => {
      closed = true;
      clearInterval(timer);
      await under;
      await insertSlowRequests(untenanted, node.nodeId, slowRequests.take().requests).catch(() => undefined);
      await markStopped(untenanted, node.nodeId, clock.now()).catch(() => undefined);
    },
  };
}

type Parts = { readonly loopUs: number; readonly poolUs: number; readonly queryUs: number; readonly channelUs: number; readonly handlerUs: number };
/** Where most of a request's time went. */
export function mostOf({ loopUs, poolUs, queryUs, channelUs, handlerUs }: Parts): 'event_loop' | 'pool' | 'queries' | 'channel' | 'handler' {
  const parts = [['event_loop', loopUs], ['pool', poolUs], ['queries', queryUs], ['channel', channelUs], ['handler', handlerUs]] as const;
  return parts.reduce((most, part) => (part[1] > most[1] ? part : most))[0];
}
