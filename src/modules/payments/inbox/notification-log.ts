import { sqlState, type Queryable } from '../../../platform/database/index.ts';
import { appendNotifications } from '../store/notifications.ts';
import type { InboxLimits } from './limits.ts';
import type { NewNotification } from './notification.ts';

/** It was not stored, or nobody can say that it was: the channel must be asked to send it again. */
export class NotificationNotStored extends Error {
  override readonly name = 'NotificationNotStored';
}

type Waiting = { readonly row: NewNotification; readonly stored: () => void; readonly failed: (error: Error) => void };
export type NotificationLog = {
  /** Resolves once it is committed. @throws NotificationNotStored after `storeDeadlineMs`, when too many wait, or when the database refuses. */
  append(row: NewNotification): Promise<void>;
  /** Stores what waits, then refuses everything. */
  close(): Promise<void>;
};
type Options = { readonly inbox: Queryable; readonly limits: InboxLimits; /** After each commit: how long it took, and what was in it. */ readonly onStored: (rows: readonly NewNotification[], ms: number) => void };

/**
 * The durable log of notifications. Those that come while one group insert is on its way share the next: a lone one waits for nobody, a hundred
 * are one commit. There is no lock and no queue beside the database (P-01).
 */
export function openNotificationLog({ inbox, limits, onStored }: Options): NotificationLog {
  const queue: Waiting[] = [];
  let working: Promise<void> | null = null;
  let closed = false;
  const work = async (): Promise<void> => {
    // After this turn of the loop, so that requests read in one turn share the commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) await storeBatch(inbox, queue.splice(0, limits.batchRowsMax), onStored);
  };
  return {
    append: (row) => {
      if (closed || queue.length >= limits.queuedMax) return Promise.reject(new NotificationNotStored(closed ? 'the inbox is closed' : 'too many notifications wait to be stored'));
      return new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(new NotificationNotStored('it was not stored in time')), limits.storeDeadlineMs);
        queue.push({ row, stored: () => { clearTimeout(late); resolve(); }, failed: (error) => { clearTimeout(late); reject(error); } });
        working ??= work().finally(() => { working = null; });
      });
    },
    close: async () => {
      closed = true;
      while (working !== null) await working;
    },
  };
}

async function storeBatch(inbox: Queryable, batch: readonly Waiting[], onStored: Options['onStored']): Promise<void> {
  const startedAt = performance.now();
  try {
    await appendNotifications(inbox, batch.map(({ row }) => row));
  } catch (fault) {
    // 22, 23: a value of some row. One row that the table refuses must not keep the others out.
    if (batch.length > 1 && /^(22|23)/.test(sqlState(fault) ?? '')) {
      for (const waiting of batch) await storeBatch(inbox, [waiting], onStored);
      return;
    }
    const error = new NotificationNotStored('the database did not store it', { cause: fault });
    for (const waiting of batch) waiting.failed(error);
    return;
  }
  onStored(batch.map(({ row }) => row), performance.now() - startedAt);
  for (const waiting of batch) waiting.stored();
}
