import type { OperatorId } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';

/** Tells the appliers of other processes whose frames were stored; the payload is the operators' ids. */
export const FRAMES_CHANNEL = 'ocpp_gateway_frames';
/** A payload has 8,000 bytes at most, an id 37 with its space. */
const OPERATORS_PER_NEWS_MAX = 200;
/** What is stored within this time is told once. */
const PAUSE_MS = 20;

export type FrameNews = { stored(operatorIds: Iterable<OperatorId>): void; close(): Promise<void> };

/**
 * Tells other processes of stored frames after they are committed, in transactions of its own: PostgreSQL lets only one notifying
 * transaction commit at a time, so that a notification inside the group insert would make the nodes' commits wait for each other. A hint: what
 * is lost is found by the appliers' next poll.
 */
export function openFrameNews(database: Database, logger: Logger): FrameNews {
  const pending = new Set<OperatorId>();
  let telling: Promise<void> | null = null;
  let closed = false;
  const tell = async (): Promise<void> => {
    while (pending.size > 0 && !closed) {
      const operatorIds = [...pending].slice(0, OPERATORS_PER_NEWS_MAX);
      for (const operatorId of operatorIds) pending.delete(operatorId);
      try {
        await database.untenanted.query({ name: 'ocpp_gateway_frame_news', text: `select pg_notify('${FRAMES_CHANNEL}', $1)` }, [operatorIds.join(' ')]);
      } catch (error) {
        logger.debug({ error: error instanceof Error ? error.message : String(error) }, 'other processes were not told of stored frames');
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  return {
    stored: (operatorIds) => {
      for (const operatorId of operatorIds) pending.add(operatorId);
      if (!closed) telling ??= tell().finally(() => { telling = null; });
    },
    close: async () => {
      closed = true;
      await telling;
    },
  };
}
