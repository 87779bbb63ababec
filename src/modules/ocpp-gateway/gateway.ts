import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { ChargePointId, Clock, OperatorId } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import type { Database } from '../../platform/database/index.ts';
import type { Logger } from '../../platform/logging/logger.ts';
import { coalesce } from './coalesce.ts';
import { startDispatcher, type Dispatcher } from './commands/dispatch.ts';
import { openFrameLog, type FrameLog } from './inbox/frame-log.ts';
import { storableText } from './inbox/frame.ts';
import { GATEWAY_LIMITS, type GatewayLimits } from './limits.ts';
import { silentMetrics, type ChargingPort, type GatewayMetrics, type LocationsPort } from './ports.ts';
import { closeConnections, openConnections, type EndedConnection, type NewConnection } from './store/connections.ts';
import { openFrameNews, type FrameNews } from './store/frame-news.ts';
import { chooseProtocol, offeredProtocols } from './wire/handshake.ts';
import { openIntake } from './wire/intake.ts';
import { watchLinks } from './wire/link-watch.ts';
import { CLOSE, Link } from './wire/link.ts';
import { serveFrame, type ServeContext } from './wire/serve-frame.ts';
import { admit, refuseUpgrade, type Admission } from './wire/upgrade.ts';

export type GatewayOptions = {
  readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly charging: ChargingPort; readonly locations: LocationsPort;
  /** Where to listen; with `server` it is attached to that server instead and takes only upgrades below /ocpp/. */
  readonly host?: string; readonly port?: number; readonly server?: Server;
  readonly limits?: Partial<GatewayLimits>; readonly metrics?: GatewayMetrics;
  /** Seconds between heartbeats that a station is asked for at boot. */
  readonly heartbeatIntervalS?: number;
  /** Wakes an applier in the same process. Without it the appliers of other processes are told. */
  readonly onFrames?: (operatorIds: ReadonlySet<OperatorId>) => void;
};

export type Gateway = {
  readonly port: number;
  readonly nodeId: string;
  /** The live links of this node, by charge point. */
  readonly links: ReadonlyMap<ChargePointId, Link>;
  /** Looks for commands at once instead of at the next poll. */
  dispatchCommands(): Promise<void>;
  /** Stops listening, lets answers under way go out, ends every link with 1012 and stores what waits. */
  close(): Promise<void>;
};

const HEARTBEAT_INTERVAL_S = 300;
/** Bounded by the number of operators in one transaction. */
const CONNECTIONS_PER_BATCH_MAX = 256;

type Node = {
  readonly options: GatewayOptions; readonly limits: GatewayLimits; readonly metrics: GatewayMetrics; readonly nodeId: string;
  readonly links: Map<ChargePointId, Link>; readonly context: ServeContext; readonly intake: (work: () => void) => void; readonly frameLog: FrameLog; readonly wss: WebSocketServer;
  readonly open: (connection: NewConnection) => Promise<bigint>; readonly ended: (connection: EndedConnection) => Promise<void>;
  readonly news: FrameNews; readonly dispatcher: Dispatcher; readonly endings: Set<Promise<void>>; handshakes: number; closing: boolean;
};

/** Starts the WebSocket server for charge points (OCPP-J over `ws`). TLS is ended in front of it. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const node = assemble(options);
  const server = options.server ?? createServer((_request, response) => { response.writeHead(426, { 'content-type': 'text/plain' }).end('this is a WebSocket address for charge points'); });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => { void upgrade(node, request, socket, head); };
  server.on('upgrade', onUpgrade);
  if (!options.server) {
    // Sockets that never ask for an upgrade count too.
    server.maxConnections = node.limits.connectionsMax + node.limits.handshakesPendingMax;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => { server.off('error', reject); resolve(); });
    });
  }
  const watch = watchLinks({ ...options, limits: node.limits, metrics: node.metrics, nodeId: node.nodeId, links: node.links, dispatchCommands: () => node.dispatcher.dispatch() });
  return {
    port: (server.address() as AddressInfo | null)?.port ?? 0, nodeId: node.nodeId, links: node.links,
    dispatchCommands: () => node.dispatcher.dispatch(),
    close: async () => {
      node.closing = true;
      server.off('upgrade', onUpgrade);
      await watch.stop();
      await node.dispatcher.close();
      await endLinks(node);
      await node.frameLog.close();
      await node.news.close();
      await Promise.all(node.endings);
      if (!options.server) await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
    },
  };
}

function assemble(options: GatewayOptions): Node {
  const limits = { ...GATEWAY_LIMITS, ...options.limits };
  const metrics = options.metrics ?? silentMetrics;
  const { database, clock, logger } = options;
  const nodeId = newUuid();
  const links = new Map<ChargePointId, Link>();
  const news = openFrameNews(database, logger);
  const frameLog = openFrameLog({ inbox: database.inbox, clock, logger, limits, metrics, onStored: options.onFrames ?? news.stored });
  const dispatcher = startDispatcher({ database, clock, logger, limits, metrics, nodeId, links, frameLog });
  const queued = { itemsMax: CONNECTIONS_PER_BATCH_MAX, queuedMax: limits.connectionsMax * 2 };
  const context: ServeContext = {
    database, clock, logger, limits, metrics, frameLog, charging: options.charging, heartbeatIntervalS: options.heartbeatIntervalS ?? HEARTBEAT_INTERVAL_S,
    onLateAnswer: (link, message) => { dispatcher.lateAnswer(link, message); },
  };
  return {
    options, limits, metrics, nodeId, links, context, intake: openIntake(), frameLog, news, dispatcher, endings: new Set(), handshakes: 0, closing: false,
    // No compression: it costs some 300 kB a connection, and a meter value has 300 bytes.
    wss: new WebSocketServer({ noServer: true, maxPayload: limits.frameBytesMax, perMessageDeflate: false, clientTracking: false, handleProtocols: (offered) => chooseProtocol(offered) ?? false }),
    open: coalesce((items: readonly NewConnection[]) => openConnections(database, nodeId, items), queued),
    ended: coalesce(async (items: readonly EndedConnection[]) => {
      await closeConnections(database, items);
      return items.map(() => undefined);
    }, queued),
  };
}

async function upgrade(node: Node, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const refuse = (status: 400 | 401 | 404 | 503, reason: string): void => {
    node.metrics.increment('connections_refused', { status: String(status) });
    refuseUpgrade(socket, status, reason);
  };
  // On a shared server other paths belong to others.
  if (node.options.server && !(request.url ?? '').startsWith('/ocpp/')) return;
  if (node.closing) return refuse(503, 'the gateway is closing');
  if (node.links.size + node.handshakes >= node.limits.connectionsMax || node.handshakes >= node.limits.handshakesPendingMax) return refuse(503, 'too many connections');
  node.handshakes++;
  const gone = (): void => { socket.destroy(); };
  socket.on('error', gone);
  try {
    const admission = await admit(request, node.options.database, node.options.locations);
    if (!admission.admitted) return refuse(admission.status, admission.reason);
    const protocol = chooseProtocol(offeredProtocols(request));
    if (protocol === null) {
      // OCPP-J 1.6 §3.2: finish the handshake without a sub-protocol, then close at once.
      socket.off('error', gone);
      node.wss.handleUpgrade(request, socket, head, (ws) => { ws.on('error', () => undefined); ws.close(CLOSE.protocolError, 'offer the sub-protocol ocpp2.0.1 or ocpp1.6'); });
      return node.metrics.increment('connections_refused', { status: 'protocol' });
    }
    await accept(node, request, socket, head, admission, protocol, gone);
  } catch (error) {
    node.options.logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'a charge point could not be let in');
    refuse(503, 'try again later');
  } finally {
    node.handshakes--;
  }
}

type Admitted = Admission & { readonly admitted: true };

async function accept(node: Node, request: IncomingMessage, socket: Duplex, head: Buffer, admission: Admitted, protocol: NewConnection['protocol'], gone: () => void): Promise<void> {
  const { operatorId, chargePointId } = admission.resolved;
  const remoteAddress = request.socket.remoteAddress ?? null;
  // The generation is taken before the first frame can be read, so that every frame knows whose it is.
  const generation = await node.open({ operatorId, chargePointId, protocol, remoteAddress, at: node.options.clock.now() });
  socket.off('error', gone);
  if (socket.destroyed) return noteEnd(node, { operatorId, chargePointId, generation }, 'gone during the handshake');
  node.wss.handleUpgrade(request, socket, head, (ws) => {
    attach(node, ws, new Link({ operatorId, chargePointId, identity: admission.identity, protocol, generation, remoteAddress }, ws, node.limits.sendBufferBytesMax));
  });
}

/** From here on the link owns the socket. Of two links of one charge point the one with the higher generation stays. */
function attach(node: Node, ws: WebSocket, link: Link): void {
  const { chargePointId, generation } = link.identity;
  ws.on('error', () => undefined); // 'close' follows and says why.
  ws.on('close', (code, reason) => {
    link.closed(reason.length > 0 ? `${code} ${reason.toString('utf8')}` : String(code));
    if (node.links.get(chargePointId) === link) node.links.delete(chargePointId);
    node.metrics.gauge('connections', node.links.size);
    noteEnd(node, link.identity, link.endReason ?? 'closed');
  });
  ws.on('pong', () => { link.pinged = false; });
  ws.on('message', (data) => { receive(node, link, data); });
  const older = node.links.get(chargePointId);
  if (node.closing) return link.end(CLOSE.restart, 'the gateway is closing');
  if (older && older.identity.generation > generation) return link.end(CLOSE.superseded, 'a newer connection came first');
  node.links.set(chargePointId, link);
  node.metrics.gauge('connections', node.links.size);
  if (older) {
    node.metrics.increment('connections_superseded');
    older.end(CLOSE.superseded, 'superseded by a newer connection');
  }
  void node.dispatcher.linkOpened(link);
}

function receive(node: Node, link: Link, data: RawData): void {
  link.pinged = false;
  // A link that has ended may still have frames in its buffer. They are facts all the same: stored, and not answered.
  if (node.frameLog.full) {
    link.pause();
    node.frameLog.onceDrained(() => { link.resume(); });
  }
  if (++link.inFlight >= node.limits.framesInFlightPerConnectionMax) link.pause();
  const text = Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.concat(data as Buffer[]).toString('utf8');
  node.intake(() => void serveFrame(node.context, link, text).finally(() => {
    if (--link.inFlight !== node.limits.framesInFlightPerConnectionMax >> 1) return;
    if (node.frameLog.full) node.frameLog.onceDrained(() => { link.resume(); });
    else link.resume();
  }));
}

function noteEnd(node: Node, link: { operatorId: OperatorId; chargePointId: ChargePointId; generation: bigint }, reason: string): void {
  const noted = node.ended({ ...link, reason: storableText(reason.slice(0, 200)).toWellFormed(), at: node.options.clock.now() }).catch((error: unknown) => {
    // The row shows itself as dead by its age; the next connection takes it over.
    node.options.logger.debug({ error: error instanceof Error ? error.message : String(error) }, 'the end of a connection was not noted');
  }).finally(() => node.endings.delete(noted));
  node.endings.add(noted);
}

async function endLinks(node: Node): Promise<void> {
  const deadline = performance.now() + node.limits.closeDeadlineMs;
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
  const busy = (): boolean => [...node.links.values()].some((link) => link.inFlight > 0);
  while (busy() && performance.now() < deadline) await pause();
  for (const link of node.links.values()) link.end(CLOSE.restart, 'the gateway is restarting');
  while (node.links.size > 0 && performance.now() < deadline) await pause();
  for (const link of node.links.values()) link.cut('the gateway is restarting');
  while (node.links.size > 0) await pause();
}
