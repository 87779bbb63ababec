import { addMs, MS_PER_SECOND, type ChargePointId, type Clock, type OperatorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Database } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { FrameLog } from '../inbox/frame-log.ts';
import type { GatewayLimits } from '../limits.ts';
import type { GatewayMetrics } from '../ports.ts';
import { claimCommand, requeueCommand, settleCommand, settleOverdue, type Command, type Settlement } from '../store/commands.ts';
import { fieldOf, textOf } from '../wire/lenient-json.ts';
import type { CallOutcome, Link } from '../wire/link.ts';
import { formatCall, type WireMessage } from '../wire/message.ts';
import { noteCall } from '../wire/serve-frame.ts';
import { encodeCommand } from './charge-point-command.ts';

export type DispatcherOptions = {
  readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly limits: GatewayLimits; readonly metrics: GatewayMetrics;
  readonly nodeId: string; readonly links: ReadonlyMap<ChargePointId, Link>; readonly frameLog: FrameLog;
};
export type Dispatcher = {
  /** Sends what waits for the links of this node, and settles what passed its deadline on any node. */
  dispatch(): Promise<void>;
  linkOpened(link: Link): Promise<void>;
  lateAnswer(link: Link, message: WireMessage & { readonly kind: 'result' | 'error' }): void;
  close(): Promise<void>;
};

const WAITING_PER_POLL_MAX = 256, OVERDUE_OPERATORS_PER_POLL_MAX = 64;
/** The node that sent a command settles it itself; the sweep of the others comes a little later. */
const SWEEP_GRACE_MS = 5 * MS_PER_SECOND;

/** Takes commands from the durable queue to the links. */
export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const { database, logger, links, nodeId, clock } = options;
  let closed = false;
  const underWay = new Set<Promise<void>>();
  const track = (work: Promise<void>): Promise<void> => {
    const done = work.catch((error: unknown) => {
      logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'commands could not be dispatched; trying again at the next poll');
    }).finally(() => underWay.delete(done));
    underWay.add(done);
    return done;
  };

  const dispatch = async (): Promise<void> => {
    if (closed) return;
    const waiting = await database.untenanted.query<{ chargePointId: ChargePointId }>('select charge_point_id as "chargePointId" from ocpp_gateway.commands_waiting($1, $2)', [nodeId, WAITING_PER_POLL_MAX]);
    for (const { chargePointId } of waiting) {
      const link = links.get(chargePointId);
      if (link?.open && !link.calling) void track(sendWaiting(options, link));
    }
    const overdue = await database.untenanted.query<{ operatorId: OperatorId }>(
      'select o as "operatorId" from ocpp_gateway.operators_with_overdue_commands($1, $2) as o', [sqlTimestamp(clock.now()), OVERDUE_OPERATORS_PER_POLL_MAX]);
    for (const { operatorId } of overdue) await settleOverdue(database.forOperator(operatorId), clock.now());
  };
  const poll = setInterval(() => { void track(dispatch()); }, options.limits.commandPollMs);

  return {
    dispatch: () => track(dispatch()),
    linkOpened: (link) => track(sendWaiting(options, link)),
    lateAnswer: (link, message) => {
      const { operatorId, chargePointId } = link.identity;
      void track(settleCommand(database.forOperator(operatorId), { chargePointId, messageId: message.messageId }, settlementOf(options, message)).then(() => undefined));
    },
    close: async () => {
      closed = true;
      clearInterval(poll);
      await Promise.race([Promise.all(underWay), new Promise((resolve) => setTimeout(resolve, options.limits.closeDeadlineMs).unref())]);
    },
  };
}

/** One after the other: OCPP-J allows one call under way. */
async function sendWaiting(options: DispatcherOptions, link: Link): Promise<void> {
  const { database, clock, limits } = options;
  const { operatorId, chargePointId, generation, protocol } = link.identity;
  const odb = database.forOperator(operatorId);
  while (link.open && link.reserveCall()) {
    const messageId = newUuid();
    const at = clock.now();
    let command: Command | null = null;
    try {
      command = await claimCommand(odb, { chargePointId, generation, messageId, at, answerBy: addMs(at, limits.commandAnswerDeadlineMs + SWEEP_GRACE_MS) });
    } finally {
      if (command === null) link.releaseCall();
    }
    if (command === null) return;
    const encoded = encodeCommand(protocol, command.command);
    if (!encoded.ok) {
      link.releaseCall();
      await settle(options, odb.operatorId, command, { state: 'rejected', answer: null, reason: encoded.reason, at: clock.now() });
      continue;
    }
    noteCall({ frameLog: options.frameLog, clock }, link, formatCall(messageId, encoded.action, encoded.payload), messageId, encoded.action);
    const outcome = await link.call(messageId, encoded.action, encoded.payload, limits.commandAnswerDeadlineMs);
    if (outcome.kind === 'unknown' && await requeueCommand(odb, command.commandId, clock.now(), limits.commandAttemptsMax)) continue;
    await settle(options, odb.operatorId, command, settlementOf(options, outcome));
  }
}

async function settle(options: DispatcherOptions, operatorId: OperatorId, command: Command, settlement: Settlement): Promise<void> {
  if (await settleCommand(options.database.forOperator(operatorId), { commandId: command.commandId }, settlement)) options.metrics.increment('commands_settled', { kind: command.command.kind, state: settlement.state });
}

/** Any status but Accepted is a refusal with its own word; a call error is one too, because the station did not act on it. */
function settlementOf(options: DispatcherOptions, outcome: CallOutcome | (WireMessage & { readonly kind: 'result' | 'error' })): Settlement {
  const at = options.clock.now();
  switch (outcome.kind) {
    case 'unknown': return { state: 'unknown', answer: null, reason: outcome.reason, at };
    case 'error': return { state: 'rejected', answer: null, reason: `${outcome.code} ${outcome.description}`.trim().slice(0, 200), at };
    case 'result': {
      const status = textOf(fieldOf(outcome.payload, 'status'));
      const answer = JSON.stringify(outcome.payload, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      // GetTransactionStatus is answered with what is asked, not with a word for it.
      const accepted = status === 'Accepted' || (status === null && fieldOf(outcome.payload, 'messagesInQueue') !== undefined);
      return { state: accepted ? 'accepted' : 'rejected', answer, reason: accepted ? null : status ?? 'no_status', at };
    }
  }
}
