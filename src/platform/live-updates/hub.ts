import type pg from 'pg';
import type { OperatorId } from '../../kernel/index.ts';
import type { Database } from '../database/index.ts';
import type { Logger } from '../logging/logger.ts';
import { addSender, LIVE_TOPICS, type Announcement, type LiveTopic } from './announce.ts';

const CHANNEL = 'kirchhoff_live';
/**
 * NOTIFY takes a lock on the whole database until its transaction commits, so inside a settlement it would make all settlements
 * queue. It is therefore sent apart, at most this often, each topic of an operator once.
 */
export const FLUSH_EVERY_MS = 200;
/** Distinct (operator, topic) pairs waiting for a flush; more than this means the database is away, and consoles read anew when it is back. */
export const WAITING_MAX = 10_000;
/** A payload must stay under 8000 bytes (PostgreSQL). A pair takes at most 80. */
const PAIRS_PER_NOTIFY_MAX = 80;
const RECONNECT_MS_MAX = 15_000;

export type LiveListener = (topic: LiveTopic) => void;
export type LiveUpdates = {
  /** Calls back for each change of this operator, from whichever process. @returns how to stop. */
  subscribe(operatorId: OperatorId, listener: LiveListener): () => void;
  close(): Promise<void>;
};

/** Sends this process's announcements to all processes, and hears theirs. One a process; it keeps one connection of the pool. */
export async function startLiveUpdates({ database, logger }: { database: Database; logger: Logger }): Promise<LiveUpdates> {
  const listeners = new Map<OperatorId, Set<LiveListener>>();
  const hear = (payload: string): void => {
    for (const { topic, operatorId } of readPayload(payload)) for (const listener of listeners.get(operatorId) ?? []) listener(topic);
  };
  const sender = startSender(database, logger);
  const ear = await startListening(database, logger, hear);
  return {
    subscribe: (operatorId, listener) => {
      const own = listeners.get(operatorId) ?? new Set();
      listeners.set(operatorId, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0) listeners.delete(operatorId);
      };
    },
    close: async () => {
      await sender.close();
      ear.close();
    },
  };
}

function startSender(database: Database, logger: Logger): { close(): Promise<void> } {
  const waiting = new Map<string, Announcement>();
  let timer: NodeJS.Timeout | undefined;
  const flush = async (): Promise<void> => {
    timer = undefined;
    const pairs = [...waiting.values()].map(({ topic, operatorId }) => [topic, operatorId]);
    waiting.clear();
    for (let from = 0; from < pairs.length; from += PAIRS_PER_NOTIFY_MAX) {
      await database.untenanted.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify(pairs.slice(from, from + PAIRS_PER_NOTIFY_MAX))]);
    }
  };
  const failed = (error: unknown): void => logger.warn({ error: String(error) }, 'live updates could not be sent; consoles are stale until the next change');
  const remove = addSender((announcement) => {
    if (waiting.size >= WAITING_MAX) return;
    waiting.set(`${announcement.operatorId} ${announcement.topic}`, announcement);
    timer ??= setTimeout(() => void flush().catch(failed), FLUSH_EVERY_MS);
  });
  return {
    close: async () => {
      remove();
      clearTimeout(timer);
      await flush().catch(failed);
    },
  };
}

async function startListening(database: Database, logger: Logger, hear: (payload: string) => void): Promise<{ close(): void }> {
  let client: pg.PoolClient | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const listen = async (): Promise<void> => {
    const connection = await database.pool.connect();
    if (closed) return connection.release(true);
    client = connection;
    connection.on('notification', ({ payload }) => hear(payload ?? ''));
    // Stays for good: a connection that is being closed may still report that the server went away.
    connection.on('error', () => {
      if (client !== connection) return;
      again(1);
      connection.release(true);
    });
    await connection.query(`listen ${CHANNEL}`);
  };
  const again = (attempt: number): void => {
    client = undefined;
    if (closed) return;
    timer = setTimeout(() => void listen().catch((error: unknown) => {
      logger.warn({ error: String(error), attempt }, 'live updates are not heard; trying again');
      again(attempt + 1);
    }), Math.min(RECONNECT_MS_MAX, 250 * 2 ** Math.min(attempt, 10)));
  };
  await listen();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      const connection = client;
      client = undefined;
      connection?.removeAllListeners('notification');
      // Not given back to the pool: it still listens.
      connection?.release(true);
    },
  };
}

function readPayload(payload: string): Announcement[] {
  const known: ReadonlySet<string> = new Set(LIVE_TOPICS);
  const pairs = JSON.parse(payload) as [string, OperatorId][];
  // A newer process may announce topics that this one does not know yet.
  return pairs.filter(([topic]) => known.has(topic)).map(([topic, operatorId]) => ({ topic: topic as LiveTopic, operatorId }));
}
