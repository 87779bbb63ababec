import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { addMs, MS_PER_MINUTE, MS_PER_SECOND, type Clock, type OperatorId } from '../kernel/index.ts';
import {
  createChannels, DEFAULT_LIMITS, openInbox, registerNotifyRoute, silentPaymentsMetrics, startPayments, type CallLimits, type ChannelDesk, type Environment, type RunningPayments,
} from '../modules/payments/index.ts';
import { loadOperator } from '../modules/parties/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import type { Database, OperatorDatabase } from '../platform/database/index.ts';
import { silentLogger, type Logger } from '../platform/logging/index.ts';
import { PAYMENT_PURPOSES } from './payment-purposes.ts';
import { startWalletChannelProcess, type WalletChannelProcess } from './wallet-channel-process.ts';
import { ensureWalletAccounts, type WalletAccounts } from './wallet-merchants.ts';

/** Payments of one operator as they run in production, at simulated channels in a process of their own; time can be passed at both sides. */
export type PaymentDesk = {
  readonly odb: OperatorDatabase; readonly wallet: WalletChannelProcess; readonly channels: ChannelDesk; readonly accounts: WalletAccounts; readonly payments: RunningPayments;
  /** Business time: what was passed is in it. Signatures carry the wire's time. */
  readonly clock: Clock;
  readonly options: { readonly clock: Clock; readonly purposes: typeof PAYMENT_PURPOSES };
  /** So much time goes by at the channels and here. */
  pass(ms: number): Promise<void>;
  /** Resolves when everything is done that is due by now: no notification on its way, inbox, questions and refunds worked. */
  quiet(): Promise<void>;
  close(): Promise<void>;
};
export type PaymentDeskOptions = {
  readonly operatorId: OperatorId; readonly environment: Environment; readonly seed: number;
  /** What repeats of notifications, slow answers and refunds take of their real time. */
  readonly timeFactor: number;
  readonly limits?: Partial<CallLimits>; readonly logger?: Logger;
};

const QUIET_POLL_MS = 10, QUIET_DEADLINE_MS = 30 * MS_PER_MINUTE;
/** A notification that was sent just now is looked for twice, this long apart. */
const SETTLED_MS = 50;

export async function openPaymentDesk(database: Database, { operatorId, environment, seed, timeFactor, limits = {}, logger = silentLogger }: PaymentDeskOptions): Promise<PaymentDesk> {
  const folder = await mkdtemp(join(tmpdir(), 'kirchhoff-payments-'));
  const odb = database.forOperator(operatorId);
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => { for (const step of undo.splice(0).reverse()) await step(); };
  try {
    const wallet = await startWalletChannelProcess({ folder: join(folder, 'wallet'), port: 0, seed, timeFactor, journal: false });
    undo.push(() => wallet.close());
    const { code } = await odb.transaction((tx) => loadOperator(tx));
    let passedMs = 0;
    const clock: Clock = { now: () => addMs(systemClock.now(), passedMs) };
    const options = { clock, purposes: PAYMENT_PURPOSES };
    const keysFolder = join(folder, 'keys');
    const channels = createChannels({ database, clock: systemClock, logger, keysFolder, notifyOrigin: 'http://127.0.0.1' });
    undo.push(() => channels.close());
    const payments = startPayments({ database, channels, logger, ...options, metrics: silentPaymentsMetrics, only: (id) => id === operatorId });
    undo.push(() => payments.close());
    const inbox = openInbox({ database, channels, clock: systemClock, logger, onStored: (operatorIds) => payments.wake(operatorIds) });
    const server = fastify();
    registerNotifyRoute(server, { inbox, database, clock: systemClock });
    await server.listen({ host: '127.0.0.1', port: 0 });
    undo.push(async () => { await server.close(); await inbox.close(); });
    const notifyOrigin = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    const accounts = await ensureWalletAccounts(odb, { wallet, channels, clock, keysFolder: join(keysFolder, code), notifyOrigin, environment, limits: { ...DEFAULT_LIMITS, ...limits }, changedBy: 'simulation' });
    const desk = { odb, wallet, channels, accounts, payments, clock, options };
    return {
      ...desk, close,
      pass: async (ms) => {
        passedMs += ms;
        await wallet.act('advance', { ms });
      },
      quiet: () => quiet(desk),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function quiet({ wallet, payments }: Pick<PaymentDesk, 'wallet' | 'payments'>): Promise<void> {
  const deadline = performance.now() + QUIET_DEADLINE_MS;
  for (let calm = 0; calm < 2;) {
    if (performance.now() > deadline) throw new Error(`payments are not quiet after ${QUIET_DEADLINE_MS / MS_PER_SECOND} s`);
    const { notifications } = await wallet.ask<{ notifications: { inFlight: number; sent: number } }>('counts');
    await payments.inbox.drain(QUIET_DEADLINE_MS);
    await payments.recovery.pass();
    await payments.refunds.pass();
    const after = await wallet.ask<{ notifications: { inFlight: number; sent: number } }>('counts');
    calm = notifications.inFlight === 0 && after.notifications.inFlight === 0 && after.notifications.sent === notifications.sent ? calm + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, calm > 0 ? SETTLED_MS : QUIET_POLL_MS));
  }
}
