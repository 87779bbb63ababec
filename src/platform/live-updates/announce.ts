import type { OperatorId } from '../../kernel/index.ts';
import type { Tx } from '../database/index.ts';

/** What of an operator has changed. A listener reads it anew; the announcement carries no data. */
export const LIVE_TOPICS = [
  'charging.sessions', 'charging.bills', 'charging.backtests', 'locations.charge_points', 'locations.stations', 'members', 'wallets.balances', 'wallets.coupons', 'tariffs', 'ledger.books',
  'ocpp_gateway.connections', 'ocpp_gateway.commands', 'approvals', 'access.users', 'payments.orders', 'payments.recovery', 'payments.refunds', 'reconciliation.days', 'repair.cases', 'repair.bulk_runs',
  'parties.vehicles', 'reporting.reports', 'reporting.statements', 'reporting.exports', 'imports.progress', 'cases', 'conformance.scores', 'conformance.packs',
] as const;
export type LiveTopic = (typeof LIVE_TOPICS)[number];
export type Announcement = { readonly topic: LiveTopic; readonly operatorId: OperatorId };

/** Senders of this process: normally one, in tests one a server. */
const senders = new Set<(announcement: Announcement) => void>();
export function addSender(send: (announcement: Announcement) => void): () => void {
  senders.add(send);
  return () => senders.delete(send);
}

/**
 * Tells consoles of the transaction's operators that something has changed, once it has committed. Cheap enough for every settlement: nothing
 * is written, and what many transactions announce within a moment is sent once. May be lost with the process; a console that
 * reconnects reads everything anew.
 */
export function announce(tx: Tx, topic: LiveTopic): void {
  tx.afterCommit(() => {
    for (const operatorId of tx.operatorIds) announceNow({ topic, operatorId });
  });
}

/** The same, outside a transaction. */
export function announceNow(announcement: Announcement): void {
  for (const send of senders) send(announcement);
}
