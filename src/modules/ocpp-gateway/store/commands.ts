import type { ChargePointId, Instant, OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type OperatorDatabase, type Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import type { ChargePointCommand } from '../commands/charge-point-command.ts';

/** Tells the nodes that a charge point has a command waiting; the payload is its id. */
export const COMMAND_CHANNEL = 'ocpp_gateway_command';

export type CommandState = 'queued' | 'sent' | 'accepted' | 'rejected' | 'unknown' | 'expired';
export type Command = {
  readonly commandId: string;
  readonly chargePointId: ChargePointId;
  readonly command: ChargePointCommand;
  readonly state: CommandState;
  readonly requestedBy: string;
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
  readonly attempts: number;
  readonly sentAt: Instant | null;
  readonly settledAt: Instant | null;
  /** The payload of the station's answer as text. */
  readonly answer: string | null;
  readonly reason: string | null;
};

const COLUMNS = `command_id as "commandId", charge_point_id as "chargePointId", payload as command, state, requested_by as "requestedBy", requested_at as "requestedAt",
  expires_at as "expiresAt", attempts, sent_at as "sentAt", settled_at as "settledAt", answer, reason`;

export async function insertCommand(tx: Tx, operatorId: OperatorId, command: { commandId: string; chargePointId: ChargePointId; command: ChargePointCommand; repeatable: boolean; requestedBy: string; requestedAt: Instant; expiresAt: Instant }): Promise<void> {
  await tx.execute(
    `insert into ocpp_gateway.command (operator_id, command_id, charge_point_id, kind, payload, repeatable, state, requested_by, requested_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9)`,
    [operatorId, command.commandId, command.chargePointId, command.command.kind, JSON.stringify(command.command), command.repeatable, command.requestedBy,
      sqlTimestamp(command.requestedAt), sqlTimestamp(command.expiresAt)]);
  announce(tx, 'ocpp_gateway.commands');
  await tx.query(`select pg_notify('${COMMAND_CHANNEL}', $1)`, [command.chargePointId]);
}

/** The commands of a charge point, newest first, at most `countMax`; `before` continues a page. */
export async function listCommands(tx: Tx, operatorId: OperatorId, chargePointId: ChargePointId, page: { countMax: number; before: string | null }): Promise<Command[]> {
  return tx.query<Command>(
    `select ${COLUMNS} from ocpp_gateway.command where operator_id = $1 and charge_point_id = $2 and ($3::uuid is null or command_id < $3) order by command_id desc limit $4`,
    [operatorId, chargePointId, page.before, page.countMax]);
}

export async function loadCommand(tx: Tx, operatorId: OperatorId, commandId: string): Promise<Command | null> {
  const [row] = await tx.query<Command>(`select ${COLUMNS} from ocpp_gateway.command where operator_id = $1 and command_id = $2`, [operatorId, commandId]);
  return row ?? null;
}

export async function countOpenCommands(tx: Tx, operatorId: OperatorId, chargePointId: ChargePointId): Promise<number> {
  const [row] = await tx.query<{ count: bigint }>(`select count(*) from ocpp_gateway.command where operator_id = $1 and charge_point_id = $2 and state in ('queued', 'sent')`, [operatorId, chargePointId]);
  return Number(row!.count);
}

export type Claim = { readonly chargePointId: ChargePointId; readonly generation: bigint; readonly messageId: string; readonly at: Instant; readonly answerBy: Instant };

/**
 * Marks the oldest waiting command as sent, before it is: what happens in between leaves an unknown outcome and never a second
 * sending. Null when none waits, one is under way, or this connection is not the newest any more.
 */
export async function claimCommand(odb: OperatorDatabase, claim: Claim): Promise<Command | null> {
  const [row] = await changing(odb, (tx) => tx.query<Command>(
    `update ocpp_gateway.command set state = 'sent', attempts = attempts + 1, message_id = $4, sent_generation = $3, sent_at = $5, answer_by = $6
     where operator_id = $1 and command_id = (
       select c.command_id from ocpp_gateway.command c
       where c.operator_id = $1 and c.charge_point_id = $2 and c.state = 'queued' and c.expires_at > $5
         and exists (select 1 from ocpp_gateway.connection n where n.operator_id = $1 and n.charge_point_id = $2 and n.generation = $3)
       order by c.command_id limit 1 for update skip locked)
     returning ${COLUMNS}`,
    [odb.operatorId, claim.chargePointId, String(claim.generation), claim.messageId, sqlTimestamp(claim.at), sqlTimestamp(claim.answerBy)]));
  return row ?? null;
}

export type Settlement = { readonly state: 'accepted' | 'rejected' | 'unknown'; readonly answer: string | null; readonly reason: string | null; readonly at: Instant };

/** Settles a sent command. A real answer also settles one whose outcome was unknown; an unknown outcome settles nothing twice. */
export async function settleCommand(odb: OperatorDatabase, which: { readonly commandId: string } | { readonly chargePointId: ChargePointId; readonly messageId: string }, settlement: Settlement): Promise<boolean> {
  const byId = 'commandId' in which;
  const changed = await changing(odb, (tx) => tx.execute(
    `update ocpp_gateway.command set state = $2, answer = $3, reason = $4, settled_at = $5
     where operator_id = $1 and ${byId ? 'command_id = $6' : 'message_id = $6 and charge_point_id = $7'}
       and (state = 'sent' or (state = 'unknown' and $2 <> 'unknown'))`,
    [odb.operatorId, settlement.state, settlement.answer, settlement.reason, sqlTimestamp(settlement.at), ...(byId ? [which.commandId] : [which.messageId, which.chargePointId])]));
  return changed > 0;
}

/** Puts a repeatable command back when its outcome is unknown, it has time left and was not tried too often. */
export async function requeueCommand(odb: OperatorDatabase, commandId: string, at: Instant, attemptsMax: number): Promise<boolean> {
  const changed = await changing(odb, (tx) => tx.execute(
    `update ocpp_gateway.command set state = 'queued', message_id = null, answer_by = null
     where operator_id = $1 and command_id = $2 and state = 'sent' and repeatable and expires_at > $3 and attempts < $4`,
    [odb.operatorId, commandId, sqlTimestamp(at), attemptsMax]));
  return changed > 0;
}

/** What passed its deadline: never sent is expired, sent and unanswered is unknown. @returns how many changed. */
export async function settleOverdue(odb: OperatorDatabase, at: Instant): Promise<number> {
  return changing(odb, (tx) => tx.execute(
    `update ocpp_gateway.command set state = case state when 'queued' then 'expired' else 'unknown' end,
       reason = case state when 'queued' then 'not_connected_in_time' else 'no_answer' end, settled_at = $2
     where operator_id = $1 and ((state = 'queued' and expires_at <= $2) or (state = 'sent' and answer_by <= $2))`, [odb.operatorId, sqlTimestamp(at)]));
}

/** A start that a transaction names (2.0.1 remoteStartId) has happened, whatever became of its answer. */
export async function confirmRemoteStarts(tx: Tx, operatorId: OperatorId, starts: readonly { readonly chargePointId: ChargePointId; readonly remoteStartId: number; readonly at: Instant }[]): Promise<void> {
  if (starts.length === 0) return;
  await tx.execute(
    `update ocpp_gateway.command c set state = 'accepted', reason = 'observed', settled_at = s.at
     from unnest($2::uuid[], $3::bigint[], $4::timestamptz[]) as s (charge_point_id, remote_start_id, at)
     where c.operator_id = $1 and c.charge_point_id = s.charge_point_id and c.kind = 'remote_start' and c.state in ('sent', 'unknown')
       and (c.payload ->> 'remoteStartId')::bigint = s.remote_start_id`,
    [operatorId, starts.map((start) => start.chargePointId), starts.map((start) => start.remoteStartId), starts.map((start) => sqlTimestamp(start.at))]);
}


const changing = <T>(odb: OperatorDatabase, work: (tx: Tx) => Promise<T>): Promise<T> => odb.transaction((tx) => {
  announce(tx, 'ocpp_gateway.commands');
  return work(tx);
});
