import { ok, type ChargePointId, type Clock, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { requestCommand, type CommandRejection } from './request-command.ts';

export type TransactionQuestion = { readonly chargePointId: ChargePointId; readonly evseNumber: number | null; readonly transactionRef: string; readonly requestedBy: string };

/**
 * Asks a charge point what became of a transaction. OCPP 2.0.1 has a question for it (GetTransactionStatus, E14). OCPP 1.6 has none: there it is asked to
 * say its connector's status and meter, which tells whether it serves somebody and where the register stands. A charge point that is not connected within
 * a minute is not asked.
 */
export async function askAboutTransaction(tx: Tx, { transactionRef, evseNumber, ...of }: TransactionQuestion, context: { readonly clock: Clock }): Promise<Result<{ readonly commandId: string }, CommandRejection>> {
  if (transactionRef.startsWith('v201:')) return requestCommand(tx, { ...of, command: { kind: 'transaction_status', transactionRef } }, context);
  const status = await requestCommand(tx, { ...of, command: { kind: 'trigger_message', requestedMessage: 'StatusNotification', evseNumber } }, context);
  if (!status.ok) return status;
  // What it says of its meter is more than was asked for: without it there is still the status.
  await requestCommand(tx, { ...of, command: { kind: 'trigger_message', requestedMessage: 'MeterValues', evseNumber } }, context);
  return ok(status.value);
}
