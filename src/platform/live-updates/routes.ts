import type { FastifyReply } from 'fastify';
import { MS_PER_MINUTE } from '../../kernel/index.ts';
import { problem } from '../errors/index.ts';
import { API_PREFIX, originOf, presentedCredential, principalOf, type Api } from '../http/index.ts';
import type { LiveTopic } from './announce.ts';
import type { LiveUpdates } from './hub.ts';

/** A comment line keeps proxies from closing a quiet stream, and finds consoles that are gone. */
export const HEARTBEAT_MS = 15_000;
/** How often a stream asks whether its log-in still holds. */
export const SESSION_CHECKED_EVERY_MS = MS_PER_MINUTE;
export const STREAMS_PER_NODE_MAX = 1_000;
export const STREAMS_PER_OPERATOR_MAX = 200;
/** A console that reads slower than this many bytes behind is cut off; it reconnects and reads everything anew. */
export const UNREAD_BYTES_MAX = 65_536;
/** What a browser waits before it reconnects. */
const RETRY_MS = 3_000;

/** `GET /api/v1/events`: server-sent events `{"type": topic}`, one for each change of what the console shows. */
export function registerEventRoutes(api: Api, live: LiveUpdates): void {
  const streams = new Map<string, number>();
  let total = 0;
  const closers = new Set<() => void>();
  api.server.addHook('preClose', async () => { for (const close of closers) close(); });
  api.server.get(`${API_PREFIX}/events`, {
    config: { audience: 'console', permission: null },
    schema: {
      operationId: 'streamEvents', tags: ['live'], summary: 'What has changed, as it changes (server-sent events)', 'x-audience': 'console', 'x-permission': null, security: [{ session: [] }],
      description: 'Each event is `data: {"type": "<topic>"}`; read again what the topic names. The first one, `{"type": "live.opened"}`, says that changes before it may have been missed.',
      produces: ['text/event-stream'],
    },
  }, async (request, reply) => {
    const { operatorId } = principalOf(request);
    const own = streams.get(operatorId) ?? 0;
    if (total >= STREAMS_PER_NODE_MAX || own >= STREAMS_PER_OPERATOR_MAX) throw problem('too_many_requests', { detail: 'too many consoles are open', retryAfterSeconds: 30 });
    total++;
    streams.set(operatorId, own + 1);
    const stillAllowed = async (): Promise<boolean> => {
      const credential = presentedCredential(request);
      return credential !== null && (await api.options.authenticate(credential, originOf(request), { noteUse: false })).ok;
    };
    const close = openStream(reply, { subscribe: (listener) => live.subscribe(operatorId, listener), stillAllowed, closed: () => {
      closers.delete(close);
      total--;
      const left = (streams.get(operatorId) ?? 1) - 1;
      if (left === 0) streams.delete(operatorId); else streams.set(operatorId, left);
    } });
    closers.add(close);
    return reply;
  });
}

type Stream = { subscribe(listener: (topic: LiveTopic) => void): () => void; stillAllowed(): Promise<boolean>; closed(): void };

function openStream(reply: FastifyReply, stream: Stream): () => void {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  const write = (text: string): void => {
    raw.write(text);
    if (raw.writableLength > UNREAD_BYTES_MAX) raw.destroy();
  };
  write(`retry: ${RETRY_MS}\ndata: {"type":"live.opened"}\n\n`);
  const unsubscribe = stream.subscribe((topic) => write(`data: {"type":"${topic}"}\n\n`));
  const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
  const check = setInterval(() => void stream.stillAllowed().then((allowed) => { if (!allowed) raw.end(); }, () => raw.end()), SESSION_CHECKED_EVERY_MS);
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    unsubscribe();
    clearInterval(heartbeat);
    clearInterval(check);
    stream.closed();
  };
  raw.once('close', end);
  // Whoever left while the log-in was looked up has closed already, and will not close again.
  if (raw.closed || raw.destroyed || (raw.socket?.destroyed ?? true)) setImmediate(end);
  return () => raw.end();
}
