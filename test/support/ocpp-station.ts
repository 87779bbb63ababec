import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A charge point as a test needs it: it speaks exactly what it is told, right or wrong. */
export type TestStation = {
  readonly socket: WebSocket;
  /** Sends a call and waits for its answer. */
  call(action: string, payload: unknown, messageId?: string): Promise<StationAnswer>;
  /** Sends text as it is. */
  sendRaw(text: string): void;
  /** The next frame that no call of ours waits for. */
  next(): Promise<unknown[]>;
  /** Answers calls of the central system; without it they stay unanswered. */
  onCall(answer: (action: string, payload: Record<string, unknown>, messageId: string) => unknown): void;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  close(): Promise<void>;
  /** The cable is pulled: no closing handshake. */
  cut(): void;
};
export type StationAnswer = { readonly ok: true; readonly payload: Record<string, unknown> } | { readonly ok: false; readonly code: string; readonly description: string };
export type StationOptions = { readonly port: number; readonly identity: string; readonly password?: string; readonly user?: string; readonly protocols?: string[]; readonly path?: string };

export class HandshakeRefused extends Error {
  override readonly name = 'HandshakeRefused';
  readonly status: number;
  constructor(status: number) {
    super(`the handshake was answered ${status}`);
    this.status = status;
  }
}

let calls = 0;

/** @throws HandshakeRefused when the answer to the upgrade is plain HTTP. */
export async function connectStation(options: StationOptions): Promise<TestStation> {
  const socket = new WebSocket(`ws://127.0.0.1:${options.port}${options.path ?? `/ocpp/${encodeURIComponent(options.identity)}`}`, options.protocols ?? ['ocpp1.6'], {
    ...(options.password === undefined ? {} : { headers: { authorization: `Basic ${Buffer.from(`${options.user ?? options.identity}:${options.password}`).toString('base64')}` } }),
    perMessageDeflate: false, handshakeTimeout: 20_000,
  });
  const station = speak(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      reject(new HandshakeRefused(response.statusCode ?? 0));
    });
  });
  return station;
}

function speak(socket: WebSocket): TestStation {
  const waiting = new Map<string, { resolve(answer: StationAnswer): void; reject(error: Error): void }>();
  const unclaimed: unknown[][] = [];
  const takers: ((frame: unknown[]) => void)[] = [];
  let answerCall: ((action: string, payload: Record<string, unknown>, messageId: string) => unknown) | null = null;
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString('utf8')) as unknown[];
    const [type, id] = frame;
    const call = waiting.get(String(id));
    if (type === 2 && answerCall) {
      const payload = answerCall(String(frame[2]), frame[3] as Record<string, unknown>, String(id));
      if (payload !== undefined) socket.send(JSON.stringify([3, id, payload]));
    } else if (type !== 2 && call) {
      waiting.delete(String(id));
      call.resolve(type === 3 ? { ok: true, payload: frame[2] as Record<string, unknown> } : { ok: false, code: String(frame[2]), description: String(frame[3]) });
    } else {
      const taker = takers.shift();
      if (taker) taker(frame);
      else unclaimed.push(frame);
    }
  });
  const closed = once(socket, 'close').then(([code, reason]) => {
    for (const call of waiting.values()) call.reject(new Error(`the connection closed (${String(code)}) before the answer`));
    waiting.clear();
    return { code: code as number, reason: String(reason) };
  });
  return {
    socket, closed,
    call: (action, payload, messageId = `m${++calls}`) => new Promise((resolve, reject) => {
      if (socket.readyState !== socket.OPEN) return reject(new Error('the connection is closed'));
      waiting.set(messageId, { resolve, reject });
      socket.send(JSON.stringify([2, messageId, action, payload]));
    }),
    sendRaw: (text) => { socket.send(text); },
    next: () => new Promise((resolve) => {
      const frame = unclaimed.shift();
      if (frame) resolve(frame);
      else takers.push(resolve);
    }),
    onCall: (answer) => { answerCall = answer; },
    close: async () => { socket.close(); await closed; },
    cut: () => { socket.terminate(); },
  };
}
