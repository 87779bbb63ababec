import { ok, refuse, type Result } from '../../../kernel/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { loadAttemptsToAsk } from '../store/attempts.ts';
import { loadOrder } from '../store/orders.ts';
import type { AppliedView, ApplyOptions, ChannelAccounts, PaymentOrder, RecoveredBy } from '../types.ts';
import { consultAndApply } from './consult-channel.ts';

export type AskChannel = { readonly orderId: string; readonly attempt?: number; readonly actor: string; readonly recoveredBy: RecoveredBy };
export type Asked = { readonly order: PaymentOrder; readonly applied: readonly AppliedView[] };

/** Asks the channels of an order now, whatever its schedule says: for whoever looks for a lost payment. All attempts that are not paid, or the one that is named. */
export async function askChannel(odb: OperatorDatabase, channels: ChannelAccounts, request: AskChannel, options: ApplyOptions): Promise<Result<Asked, { readonly code: 'payment_order_not_found' }>> {
  const attempts = await odb.transaction((tx) => loadAttemptsToAsk(tx, request.orderId, request.attempt ?? null));
  const { actor, recoveredBy } = request;
  const applied = await consultAndApply(odb, channels, { attempts: attempts.filter(({ state }) => state !== 'paid'), actor, recoveredBy }, options);
  const order = await odb.transaction((tx) => loadOrder(tx, request.orderId));
  return order ? ok({ order, applied }) : refuse({ code: 'payment_order_not_found' });
}
