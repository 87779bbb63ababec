import type { OperatorId } from '../../kernel/index.ts';
import type { Database } from '../database/index.ts';
import type { Logger } from '../logging/logger.ts';
import { deliverAll, type Subscriber } from './outbox.ts';

const IDLE_MS = 500, AFTER_FAILURE_MS = 5_000;

/** Delivers the outbox until closed. Several processes may do it at once: each subscriber's cursor is held by one at a time. */
export function startDelivery(of: { readonly database: Database; readonly operators: () => Promise<readonly OperatorId[]>; readonly subscribers: readonly Subscriber[]; readonly logger: Logger }): { close(): Promise<void> } {
  let closed = false;
  let wake: () => void = () => undefined;
  const pause = (ms: number): Promise<void> => new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => { clearTimeout(timer); resolve(); };
  });
  const loop = async (): Promise<void> => {
    while (!closed) {
      try {
        const { passed, stuck } = await deliverAll({ ...of, operators: await of.operators() });
        if (stuck > 0) await pause(AFTER_FAILURE_MS);
        else if (passed === 0) await pause(IDLE_MS);
      } catch (error) {
        of.logger.error({ error }, 'the outbox could not be read');
        if (!closed) await pause(AFTER_FAILURE_MS);
      }
    }
  };
  const done = loop();
  return { close: async () => { closed = true; wake(); await done; } };
}
