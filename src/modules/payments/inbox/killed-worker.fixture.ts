/** A worker of the inbox in a process of its own that is killed between two steps: after so many steps it sends itself SIGKILL, and nothing of it can be cleaned up. */
import { instant } from '../../../kernel/index.ts';
import { connectDatabase, type DatabaseUrls } from '../../../platform/database/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { walletTopUp } from '../commands/wallet-top-up.ts';
import { inboxPorts } from '../start.ts';
import type { OrderPurposes } from '../types.ts';
import { startInboxApplier } from './applier.ts';

export type KilledWorker = { readonly urls: DatabaseUrls; readonly operatorId: string; readonly at: number; readonly afterSteps: number };
const { urls, operatorId, at, afterSteps } = JSON.parse(process.argv[2] ?? '{}') as KilledWorker;
const clock = { now: () => instant(at) };
const purposes: OrderPurposes = new Map([['wallet_top_up', walletTopUp]]);
let steps = 0;
const applier = startInboxApplier({
  database: connectDatabase(urls, { poolSizeMax: 4 }), clock, logger: silentLogger, ports: inboxPorts({ clock, purposes }), limits: { applyBatchMax: 5, pollMs: 5 }, only: (id) => id === operatorId,
  channels: { resolveNotifyKey: () => Promise.resolve(null), forAccount: () => Promise.reject(new Error('not needed')) },
  atStep: () => { if (++steps >= afterSteps) process.kill(process.pid, 'SIGKILL'); },
});
await applier.drain();
process.exit(0);
