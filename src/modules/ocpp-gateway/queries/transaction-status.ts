import type { Instant } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';

/** What a charge point answered to GetTransactionStatus (OCPP 2.0.1 E14). */
export type TransactionStatus = { readonly ongoing: boolean | null; readonly messagesInQueue: boolean; readonly answeredAt: Instant };

/** The answers to these commands. Those that are open, were refused, or cannot be read are missing. */
export async function transactionStatuses(tx: Tx, commandIds: readonly string[]): Promise<Map<string, TransactionStatus>> {
  if (commandIds.length === 0) return new Map();
  const rows = await tx.query<{ commandId: string; answer: string | null; settledAt: Instant }>({
    name: 'ocpp_gateway_transaction_statuses',
    text: `select command_id as "commandId", answer, settled_at as "settledAt" from ocpp_gateway.command
      where operator_id = $1 and command_id = any((select $2::uuid[])::uuid[]) and kind = 'transaction_status' and state = 'accepted'`,
  }, [tx.operatorIds[0], commandIds]);
  return new Map(rows.flatMap(({ commandId, answer, settledAt }) => {
    const status = readStatus(answer);
    return status === null ? [] : [[commandId, { ...status, answeredAt: settledAt }]];
  }));
}

/** @returns null for what is no answer to the question. */
export function readStatus(answer: string | null): Omit<TransactionStatus, 'answeredAt'> | null {
  if (answer === null) return null;
  const said = JSON.parse(answer) as Record<string, unknown>;
  const messagesInQueue = truth(said.messagesInQueue);
  return messagesInQueue === null ? null : { ongoing: truth(said.ongoingIndicator), messagesInQueue };
}

/** Some stations write it as text. */
const truth = (value: unknown): boolean | null => (value === true || value === 'true' ? true : value === false || value === 'false' ? false : null);
