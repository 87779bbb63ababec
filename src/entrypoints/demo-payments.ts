import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MS_PER_SECOND, seededRandom, type Clock, type MemberId } from '../kernel/index.ts';
import { findMemberByToken } from '../modules/parties/index.ts';
import type { ChannelDesk } from '../modules/payments/index.ts';
import type { Database, OperatorDatabase } from '../platform/database/index.ts';
import type { Logger } from '../platform/logging/index.ts';
import type { Demo } from './demo-furnish.ts';
import { giveUp, offerTopUp, type PayingDemo } from './demo-paying.ts';
import { furnishPayments } from './demo-payments-history.ts';
import { DEMO_MEMBERS, DEMO_OPERATOR, DEMO_PAYMENT_FAULTS } from './demo-plan.ts';
import { startWalletChannelProcess, type WalletChannelProcess } from './wallet-channel-process.ts';
import { ensureWalletAccounts } from './wallet-merchants.ts';

/** Somebody tops up about so often; paying takes a person some moments. */
const TOP_UP_EVERY_MS = 45 * MS_PER_SECOND, PAYS_AFTER_MS_MIN = 2 * MS_PER_SECOND, PAYS_AFTER_MS_MAX = 9 * MS_PER_SECOND;
const FURNISHED = 'payments-furnished', SEED = 7;

export type DemoPayments = { close(): Promise<void> };
export type DemoPaymentsOptions = {
  readonly demo: Demo; readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly channels: ChannelDesk;
  /** The folder of keys of all operators. */
  readonly keysFolder: string;
  /** Where the simulated channels reach the API. */
  readonly notifyOrigin: string; readonly walletPort: number;
};
/**
 * Simulated wallet channels beside the demo (a process of their own, reached over the wire like real ones): members top up by QR now and then, and some of it goes wrong.
 * Anybody can pay an open order on the simulator's page. It keeps a journal, so that it knows after a restart what was paid, and tells what nobody has heard.
 */
export function startDemoPayments(of: DemoPaymentsOptions): DemoPayments {
  const { demo, database, clock, logger } = of;
  const stop = Promise.withResolvers<void>();
  let stopped = false, wallet: WalletChannelProcess | null = null;
  const pause = async (ms: number): Promise<void> => {
    const over = Promise.withResolvers<void>(), timer = setTimeout(over.resolve, ms);
    await Promise.race([over.promise, stop.promise]);
    clearTimeout(timer);
  };
  const living = (async (): Promise<void> => {
    const folder = join(demo.folder, 'wallet-channel');
    wallet = await startWalletChannelProcess({ folder, port: of.walletPort, seed: SEED, timeFactor: 1, journal: true });
    void wallet.exited.then((code) => { if (!stopped) logger.warn({ code, log: join(folder, 'wallet-channel.log') }, 'the simulated wallet channels ended'); });
    const odb = database.forOperator(demo.operatorId);
    const accounts = await ensureWalletAccounts(odb, {
      wallet, channels: of.channels, clock, keysFolder: join(of.keysFolder, DEMO_OPERATOR.code), notifyOrigin: of.notifyOrigin, environment: 'D', changedBy: 'demo',
    });
    // The program asked before the simulated channels were there.
    for (const merchantAccountId of Object.values(accounts)) await of.channels.probeAccount(odb.operatorId, merchantAccountId, 'system');
    const paying: PayingDemo = { odb, clock, channels: of.channels, accounts, wallet, random: seededRandom(clock.now() % 2 ** 31), members: await payingMembers(odb), pause, stopped: () => stopped };
    const furnished = join(demo.folder, FURNISHED);
    if (!existsSync(furnished)) {
      await furnishPayments(paying);
      if (!stopped) writeFileSync(furnished, 'Yesterday\'s payments and the cases to look at have been made.\n', { mode: 0o600 });
    }
    await wallet.act('faults', { rates: DEMO_PAYMENT_FAULTS });
    while (!stopped) {
      await topUpNow(paying).catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'a member of the demo could not top up'));
      await pause(TOP_UP_EVERY_MS * (0.5 + paying.random.next()));
    }
  })().catch((error: unknown) => { if (!stopped) logger.error({ error: messageOf(error) }, 'the demo has no payments: the simulated wallet channels failed'); });
  return {
    close: async () => {
      stopped = true;
      stop.resolve();
      await living;
      await wallet?.close();
    },
  };
}

/** All but the first two, who run out of money on purpose. */
async function payingMembers(odb: OperatorDatabase): Promise<MemberId[]> {
  return odb.transaction(async (tx) => {
    const ids: MemberId[] = [];
    for (const member of DEMO_MEMBERS.slice(2)) {
      const found = await findMemberByToken(tx, member.cards[0]!);
      if (found) ids.push(found.memberId);
    }
    return ids;
  });
}

/** Most scan and pay; some leave the code where it is, some go back in the shop, now and then after the password was typed. */
async function topUpNow(paying: PayingDemo): Promise<void> {
  const { random, wallet, pause, stopped } = paying;
  const order = await offerTopUp(paying, { latePayment: random.chance(0.3) ? 'refund' : 'complete' });
  if (order === null || random.chance(0.1)) return;
  await pause(PAYS_AFTER_MS_MIN + random.next() * (PAYS_AFTER_MS_MAX - PAYS_AFTER_MS_MIN));
  if (stopped()) return;
  if (random.chance(0.15)) await giveUp(paying, order);
  else await wallet.act('pay', { outTradeNo: order.outTradeNo });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
