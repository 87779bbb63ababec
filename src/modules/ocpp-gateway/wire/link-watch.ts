import type { ChargePointId, Clock, OperatorId } from '../../../kernel/index.ts';
import { MS_PER_SECOND } from '../../../kernel/index.ts';
import { OPERATORS_PER_TRANSACTION_MAX, type Database } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { COMMAND_CHANNEL } from '../store/commands.ts';
import { CONNECTION_CHANNEL, touchConnections } from '../store/connections.ts';
import { listen } from '../store/listen.ts';
import type { GatewayLimits } from '../limits.ts';
import type { GatewayMetrics, LocationsPort } from '../ports.ts';
import { CLOSE, type Link } from './link.ts';

export type LinkWatchOptions = {
  readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly limits: GatewayLimits; readonly metrics: GatewayMetrics;
  readonly locations: LocationsPort; readonly nodeId: string; readonly links: ReadonlyMap<ChargePointId, Link>; dispatchCommands(): Promise<void>;
};

/** A connection row is renewed this often; one older than three times this is of a node that has died. */
export const ALIVE_INTERVAL_MS = 30 * MS_PER_SECOND;
const TOUCH_ROWS_MAX = 1_000;

/**
 * Keeps an eye on the links of this node: pings them, renews their rows, and ends those that another node has superseded (told by
 * a notification, or found out when a row turns out to be of a newer generation).
 */
export function watchLinks(options: LinkWatchOptions): { stop(): Promise<void> } {
  const { links, limits, logger } = options;
  const pings = setInterval(() => { pingAll(links); }, limits.pingIntervalMs);
  let touching = Promise.resolve();
  const touches = setInterval(() => {
    touching = touching.then(() => touchAll(options)).catch((error: unknown) => {
      logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'connection rows could not be renewed');
    });
  }, ALIVE_INTERVAL_MS);
  const listener = listen(options.database.pool, logger, [CONNECTION_CHANNEL, COMMAND_CHANNEL], (channel, payload) => {
    if (channel === CONNECTION_CHANNEL) endSuperseded(options, payload);
    else if (links.has(payload as ChargePointId)) void options.dispatchCommands();
  }, () => void options.dispatchCommands());
  return {
    stop: async () => {
      clearInterval(pings);
      clearInterval(touches);
      await listener.stop();
      await touching;
    },
  };
}

function pingAll(links: ReadonlyMap<ChargePointId, Link>): void {
  for (const link of links.values()) {
    if (link.pinged) link.cut('no sign of life between two pings');
    else link.ping();
  }
}

/** `<node id> <charge point id> <generation>`; what this node opened itself it knows already. */
function endSuperseded({ links, nodeId, metrics }: LinkWatchOptions, payload: string): void {
  const [node, chargePointId, generation] = payload.split(' ');
  if (node === nodeId || !generation || !/^\d+$/.test(generation)) return;
  const link = links.get(chargePointId as ChargePointId);
  if (!link || link.identity.generation >= BigInt(generation)) return;
  metrics.increment('connections_superseded');
  link.end(CLOSE.superseded, 'superseded by a connection to another node');
}

async function touchAll(options: LinkWatchOptions): Promise<void> {
  const at = options.clock.now();
  for (const batch of batches([...options.links.values()])) {
    const operators = [...new Set(batch.map((link) => link.identity.operatorId))];
    const current = await options.database.transactionFor(operators, async (tx) => {
      const seen = batch.flatMap((link) => (link.lastFrameAt === null ? [] : [{ chargePointId: link.identity.chargePointId, at: link.lastFrameAt }]));
      await options.locations.recordSeen(tx, seen);
      return touchConnections(tx, at, batch.map((link) => ({ ...link.identity, lastFrameAt: link.lastFrameAt })));
    });
    for (const link of batch) if (link.open && !current.has(link.identity.chargePointId)) link.end(CLOSE.superseded, 'superseded by a newer connection');
  }
}

/** Bounded in rows and in operators. */
function* batches(links: readonly Link[]): Generator<Link[]> {
  let batch: Link[] = [];
  let operators = new Set<OperatorId>();
  for (const link of links) {
    if (batch.length >= TOUCH_ROWS_MAX || (operators.size >= OPERATORS_PER_TRANSACTION_MAX && !operators.has(link.identity.operatorId))) {
      yield batch;
      batch = [];
      operators = new Set();
    }
    batch.push(link);
    operators.add(link.identity.operatorId);
  }
  if (batch.length > 0) yield batch;
}
