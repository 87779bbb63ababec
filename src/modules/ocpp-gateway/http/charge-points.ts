import { randomInt } from 'node:crypto';
import { Type } from 'typebox';
import type { ChargePointId, StationId } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, Page, pageQuery, toPage, type Api } from '../../../platform/http/index.ts';
import { recordStartIntent } from '../../charging/index.ts';
import { chargePointsSeen, isSeen, listChargePoints, loadChargePoint, loadChargePoints, placesSeen, type StationScope } from '../../locations/index.ts';
import { REQUESTED_MESSAGES, type ChargePointCommand, type RequestedMessage } from '../commands/charge-point-command.ts';
import { COMMAND_EXPIRES_AFTER_MS_MAX, requestCommand } from '../commands/request-command.ts';
import { listConnections } from '../queries/connections.ts';
import { framesOf, listFrames } from '../queries/frames.ts';
import { listCommands, loadCommand } from '../store/commands.ts';
import { CommandJson, commandToJson, ConnectionJson, connectionToJson, FrameJson, frameToJson } from './schemas.ts';

const tag = 'ocpp-gateway';
const params = Type.Object({ chargePointId: IdJson('cp') });
const REMOTE_START_ID_MAX = 2 ** 31 - 1;
/** Frames named in one address; longer lists are asked for in parts. */
const SEQUENCES_PER_CALL_MAX = 100;

/** Commands to charge points, what was said over the wire, and who is connected. */
export function registerGatewayRoutes(api: Api): void {
  registerCommanding(api);
  api.route({
    method: 'GET', path: '/charge-points/:chargePointId/commands', operationId: 'listChargePointCommands', tag, summary: 'List the commands to a charge point, newest first',
    permission: 'locations:read', audience: 'operator', subOperatorScoped: true, params, query: Type.Object(pageQuery), response: Page(CommandJson), errors: ['cursor_invalid', 'charge_point_not_found'],
    handler: async (tx, { params: path, query, subOperators, clock }) => {
      const { chargePointId } = await seenChargePoint(tx, path.chargePointId, { subOperators, now: clock.now() });
      const rows = await listCommands(tx, tx.operatorIds[0]!, chargePointId, { before: decodeCursor(query.cursor, ['uuid'])?.[0] ?? null, countMax: query.limit + 1 });
      return toPage(rows, query.limit, commandToJson, (row) => [row.commandId]);
    },
  });
  api.route({
    method: 'GET', path: '/charge-points/:chargePointId/frames', operationId: 'listChargePointFrames', tag, summary: 'List what was said over the wire, newest first',
    permission: 'charging:read', audience: 'operator', subOperatorScoped: true, params, query: Type.Object(pageQuery), response: Page(FrameJson), errors: ['cursor_invalid', 'charge_point_not_found'],
    handler: async (tx, { params: path, query, subOperators, clock }) => {
      const { chargePointId, stationId } = await seenChargePoint(tx, path.chargePointId, { subOperators, now: clock.now() });
      const seen = await placesSeen(tx, subOperators);
      const times = seen === 'operator' ? null : seen.filter((bound) => bound.stationId === stationId);
      const before = decodeCursor(query.cursor, ['number'])?.[0] ?? null;
      const rows = await listFrames(tx, chargePointId, { before: before === null ? null : BigInt(before), countMax: query.limit + 1, times });
      return toPage(rows, query.limit, frameToJson, (row) => [Number(row.sequence)]);
    },
  });
  api.route({
    method: 'GET', path: '/ocpp-frames', operationId: 'listOcppFrames', tag, summary: 'List frames by their sequences: the evidence behind a session', permission: 'charging:read', audience: 'operator', subOperatorScoped: true,
    query: Type.Object({ sequences: Type.String({ pattern: `^[1-9]\\d{0,17}(,[1-9]\\d{0,17}){0,${SEQUENCES_PER_CALL_MAX - 1}}$`, description: 'As a session names them, joined by commas.' }) }),
    response: Type.Object({ items: Type.Array(FrameJson) }),
    handler: async (tx, { query, subOperators }) => {
      const frames = await framesOf(tx, query.sequences.split(',').map(BigInt));
      const points = await loadChargePoints(tx, [...new Set(frames.map((frame) => frame.chargePointId))]);
      const seen = await placesSeen(tx, subOperators);
      return { items: frames.filter((frame) => seen === 'operator' || isSeen(seen, points.get(frame.chargePointId)!.stationId, frame.receivedAt)).map(frameToJson) };
    },
  });
  api.route({
    method: 'GET', path: '/charge-point-connections', operationId: 'listChargePointConnections', tag, summary: 'List the connections of charge points', permission: 'locations:read', audience: 'operator', subOperatorScoped: true,
    query: Type.Object({ ...pageQuery, connected: Type.Optional(Type.Boolean()), chargePointId: Type.Optional(IdJson('cp')) }), response: Page(ConnectionJson), errors: ['cursor_invalid', 'charge_point_not_found'],
    handler: async (tx, { query, clock, subOperators }) => {
      const chargePointId = query.chargePointId === undefined ? undefined : idFromJson<ChargePointId>('cp', query.chargePointId, 'charge_point_not_found');
      const rows = await listConnections(tx, clock.now(), { after: decodeCursor(query.cursor, ['uuid'])?.[0] ?? null, countMax: query.limit + 1, connected: query.connected, chargePointId, among: await chargePointsSeen(tx, { subOperators, now: clock.now() }) });
      return toPage(rows, query.limit, connectionToJson, (row) => [row.chargePointId]);
    },
  });
}

function registerCommanding(api: Api): void {
  api.route({
    method: 'POST', path: '/charge-points/:chargePointId/commands', operationId: 'commandChargePoint', tag, summary: 'Tell a charge point to do something',
    description: 'The command is queued durably and sent as soon as the charge point is connected. Read what became of it in the list of its commands.',
    permission: 'charge_points:command', audience: 'operator', params,
    body: Body({
      kind: Type.Enum(['remote_start', 'remote_stop', 'trigger_message', 'transaction_status']),
      evseNumber: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000 })),
      idToken: Type.Optional(Type.String({ minLength: 1, maxLength: 36, description: 'remote_start: whose charge it is. OCPP 1.6 takes at most 20 characters.' })),
      transactionRef: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'remote_stop, transaction_status (OCPP 2.0.1 only): the transaction as the session shows it.' })),
      requestedMessage: Type.Optional(Type.Enum([...REQUESTED_MESSAGES])),
      expiresAfterSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: COMMAND_EXPIRES_AFTER_MS_MAX / 1_000, description: 'How long it may wait for the charge point; a minute by default.' })),
    }),
    response: CommandJson, status: 202, errors: ['charge_point_not_found', 'command_incomplete', 'command_expiry_out_of_range', 'too_many_commands'],
    handler: async (tx, { params: path, body, actor, from, clock }) => {
      const chargePointId = await knownChargePoint(tx, path.chargePointId);
      const command = commandOf(body);
      const requestedBy = actor.kind === 'system' ? 'system' : `${actor.kind}:${actor.id}`;
      const { commandId } = orProblem(await requestCommand(tx, { chargePointId, command, requestedBy, ...(body.expiresAfterSeconds === undefined ? {} : { expiresAfterMs: body.expiresAfterSeconds * 1_000 }) }, { clock }));
      if (command.kind === 'remote_start') {
        // The session that comes of it shows who started it (C-15).
        await recordStartIntent(tx, { chargePointId, evseNumber: command.evseNumber, idToken: command.idToken, remoteStartId: command.remoteStartId, mode: 'remote_by_clerk', actor: requestedBy, device: from.userAgent, ip: from.ip }, { clock });
      }
      await recordAct(tx, { actor, from, act: `ocpp_gateway.${command.kind}`, subject: { kind: 'charge_point', id: chargePointId }, after: { commandId, ...command } }, { clock });
      return commandToJson((await loadCommand(tx, tx.operatorIds[0]!, commandId))!);
    },
  });
}

type CommandBody = { readonly kind: ChargePointCommand['kind']; readonly evseNumber?: number; readonly idToken?: string; readonly transactionRef?: string; readonly requestedMessage?: RequestedMessage };

function commandOf(body: CommandBody): ChargePointCommand {
  const evseNumber = body.evseNumber ?? null;
  switch (body.kind) {
    case 'remote_start':
      if (body.idToken === undefined) throw problem('command_incomplete', { detail: 'remote_start needs idToken' });
      return { kind: 'remote_start', evseNumber, idToken: body.idToken, remoteStartId: randomInt(1, REMOTE_START_ID_MAX) };
    case 'remote_stop':
    case 'transaction_status':
      if (body.transactionRef === undefined) throw problem('command_incomplete', { detail: `${body.kind} needs transactionRef` });
      return { kind: body.kind, transactionRef: body.transactionRef };
    case 'trigger_message':
      if (body.requestedMessage === undefined) throw problem('command_incomplete', { detail: 'trigger_message needs requestedMessage' });
      return { kind: 'trigger_message', requestedMessage: body.requestedMessage, evseNumber };
  }
}

async function knownChargePoint(tx: Tx, text: string): Promise<ChargePointId> {
  const chargePointId = idFromJson<ChargePointId>('cp', text, 'charge_point_not_found');
  if ((await loadChargePoint(tx, chargePointId)) === null) throw problem('charge_point_not_found');
  return chargePointId;
}

/** A charge point whose station is one's own now. */
async function seenChargePoint(tx: Tx, text: string, scope: StationScope): Promise<{ chargePointId: ChargePointId; stationId: StationId }> {
  const [found] = await listChargePoints(tx, scope, { chargePointId: idFromJson<ChargePointId>('cp', text, 'charge_point_not_found') }, { after: null, limit: 1 });
  if (!found) throw problem('charge_point_not_found');
  return found;
}
