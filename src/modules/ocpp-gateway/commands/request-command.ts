import { addMs, assert, MS_PER_HOUR, MS_PER_MINUTE, ok, refuse, type ChargePointId, type Clock, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { countOpenCommands, insertCommand } from '../store/commands.ts';
import { isRepeatable, type ChargePointCommand } from './charge-point-command.ts';

export const COMMANDS_OPEN_PER_CHARGE_POINT_MAX = 20;
export const COMMAND_EXPIRES_AFTER_MS = MS_PER_MINUTE;
export const COMMAND_EXPIRES_AFTER_MS_MAX = 24 * MS_PER_HOUR;

export type CommandRequest = {
  readonly chargePointId: ChargePointId;
  readonly command: ChargePointCommand;
  /** Who asks: a user, an API client, a rule; shown with the command. */
  readonly requestedBy: string;
  /** How long it may wait for the charge point to be connected. A start that nobody stands by any more must not happen. */
  readonly expiresAfterMs?: number;
};
export type CommandRejection = { readonly code: 'too_many_commands'; readonly commandsMax: number } | { readonly code: 'command_expiry_out_of_range'; readonly expiresAfterMsMax: number };

/**
 * Queues a command durably; the node that holds the charge point's connection sends it. What became of it is read from the queue:
 * accepted, rejected, expired (never sent), or unknown (sent, no answer).
 */
export async function requestCommand(tx: Tx, request: CommandRequest, { clock }: { readonly clock: Clock }): Promise<Result<{ readonly commandId: string }, CommandRejection>> {
  const [operatorId] = tx.operatorIds;
  assert(operatorId !== undefined && tx.operatorIds.length === 1, 'a command belongs to one operator');
  const expiresAfterMs = request.expiresAfterMs ?? COMMAND_EXPIRES_AFTER_MS;
  if (expiresAfterMs <= 0 || expiresAfterMs > COMMAND_EXPIRES_AFTER_MS_MAX) return refuse({ code: 'command_expiry_out_of_range', expiresAfterMsMax: COMMAND_EXPIRES_AFTER_MS_MAX });
  if (await countOpenCommands(tx, operatorId, request.chargePointId) >= COMMANDS_OPEN_PER_CHARGE_POINT_MAX) return refuse({ code: 'too_many_commands', commandsMax: COMMANDS_OPEN_PER_CHARGE_POINT_MAX });
  const commandId = newUuid();
  const requestedAt = clock.now();
  await insertCommand(tx, operatorId, {
    commandId, chargePointId: request.chargePointId, command: request.command, repeatable: isRepeatable(request.command.kind), requestedBy: request.requestedBy,
    requestedAt, expiresAt: addMs(requestedAt, expiresAfterMs),
  });
  return ok({ commandId });
}
