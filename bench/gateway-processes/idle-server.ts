/**
 * A server that nothing happens on, to see what a connection costs: `gateway` is ours, `echo` is bare `ws`. Run with --expose-gc.
 * Tells its port, then answers each message of its parent with its memory after garbage collection.
 */
import { WebSocketServer } from 'ws';
import { startGateway } from '../../src/modules/ocpp-gateway/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { connectDatabase, type DatabaseUrls } from '../../src/platform/database/index.ts';
import { silentLogger } from '../../src/platform/logging/logger.ts';

export type IdleMemory = { readonly rssBytes: number; readonly heapBytes: number; readonly connections: number };

const { kind, urls } = JSON.parse(process.argv[2] ?? '{}') as { kind: 'gateway' | 'echo'; urls: DatabaseUrls };
const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) {
    // The kind that also gives freed pages back: handshakes make garbage in a burst, and what an idle connection costs is what stays.
    (globalThis as unknown as { gc(options: object): void }).gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

async function serve(): Promise<{ port: number; connections: () => number }> {
  if (kind === 'gateway') {
    const gateway = await startGateway({ database: connectDatabase(urls, { poolSizeMax: 8 }), clock: systemClock, logger: silentLogger });
    return { port: gateway.port, connections: () => gateway.links.size };
  }
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  wss.on('connection', (socket) => { socket.on('message', (data) => { socket.send(data.toString()); }); });
  await new Promise((resolve) => { wss.once('listening', resolve); });
  return { port: (wss.address() as { port: number }).port, connections: () => wss.clients.size };
}

const { port, connections } = await serve();
process.on('message', () => {
  void settle().then(() => {
    const { rss, heapUsed } = process.memoryUsage();
    process.send!({ rssBytes: rss, heapBytes: heapUsed, connections: connections() } satisfies IdleMemory);
  });
});
process.on('disconnect', () => { process.exit(0); });
process.send!({ port });
