import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';

export type CallOutcome =
  | { readonly kind: 'result'; readonly payload: Record<string, unknown> }
  | { readonly kind: 'error'; readonly code: string; readonly description: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'closed' };
export type CallHandler = (action: string, payload: Record<string, unknown>) => Record<string, unknown> | null;
export type WireOptions = {
  readonly url: string;
  readonly identity: string;
  readonly protocol: 'ocpp1.6' | 'ocpp2.0.1';
  readonly password?: string | undefined;
  readonly callTimeoutMs: number;
  readonly onCall: CallHandler;
  readonly onClose: () => void;
};
export type Wire = {
  readonly isOpen: () => boolean;
  /** One CALL is under way at a time (OCPP-J §4.1.1): later ones wait their turn. */
  call(action: string, payload: Record<string, unknown>, messageId?: string): Promise<CallOutcome>;
  /** Sends a CALL and cuts the connection once the bytes have left, without reading the answer. */
  callAndCut(action: string, payload: Record<string, unknown>, messageId: string): Promise<void>;
  close(): void;
};

const CALL = 2, CALL_RESULT = 3, CALL_ERROR = 4;

/** Opens one OCPP-J connection. Rejects when the server refuses it. */
export async function openWire(options: WireOptions): Promise<Wire> {
  const credentials = options.password === undefined ? {} : { Authorization: `Basic ${Buffer.from(`${options.identity}:${options.password}`).toString('base64')}` };
  const socket = new WebSocket(`${options.url}/${encodeURIComponent(options.identity)}`, [options.protocol], {
    headers: credentials, perMessageDeflate: false, handshakeTimeout: 20_000,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  if (socket.protocol !== options.protocol) {
    socket.terminate();
    throw new Error(`the server does not speak ${options.protocol}`);
  }
  return attach(socket, options);
}

function attach(socket: WebSocket, options: WireOptions): Wire {
  const waiting = new Map<string, (outcome: CallOutcome) => void>();
  let turn: Promise<unknown> = Promise.resolve();
  const isOpen = (): boolean => socket.readyState === WebSocket.OPEN;
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    for (const settle of [...waiting.values()]) settle({ kind: 'closed' });
    options.onClose();
  });
  socket.on('message', (data: Buffer) => {
    receive(socket, data.toString('utf8'), waiting, options.onCall);
  });
  const callNow = (action: string, payload: Record<string, unknown>, messageId: string): Promise<CallOutcome> => {
    if (!isOpen()) return Promise.resolve({ kind: 'closed' });
    return new Promise((resolve) => {
      const settle = (outcome: CallOutcome): void => {
        clearTimeout(timer);
        waiting.delete(messageId);
        resolve(outcome);
      };
      const timer = setTimeout(() => settle({ kind: 'timeout' }), options.callTimeoutMs);
      waiting.set(messageId, settle);
      socket.send(JSON.stringify([CALL, messageId, action, payload]));
    });
  };
  return {
    isOpen,
    call: (action, payload, messageId = randomUUID()) => {
      const outcome = turn.then(() => callNow(action, payload, messageId));
      turn = outcome;
      return outcome;
    },
    callAndCut: (action, payload, messageId) => {
      const cut = turn.then(() => new Promise<void>((resolve) => {
        if (!isOpen()) return resolve();
        socket.once('close', () => resolve());
        socket.send(JSON.stringify([CALL, messageId, action, payload]), () => setTimeout(() => socket.terminate(), 5));
      }));
      turn = cut;
      return cut;
    },
    close: () => {
      socket.close(1000);
      setTimeout(() => socket.terminate(), 500).unref();
    },
  };
}

function receive(socket: WebSocket, text: string, waiting: Map<string, (outcome: CallOutcome) => void>, onCall: CallHandler): void {
  const frame = JSON.parse(text) as [number, string, ...unknown[]];
  const [type, messageId] = frame;
  switch (type) {
    case CALL: {
      const answer = onCall(frame[2] as string, (frame[3] ?? {}) as Record<string, unknown>);
      socket.send(JSON.stringify(answer === null
        ? [CALL_ERROR, messageId, 'NotImplemented', 'this station does not know the action', {}]
        : [CALL_RESULT, messageId, answer]));
      return;
    }
    case CALL_RESULT:
      waiting.get(messageId)?.({ kind: 'result', payload: (frame[2] ?? {}) as Record<string, unknown> });
      return;
    case CALL_ERROR:
      waiting.get(messageId)?.({ kind: 'error', code: String(frame[2]), description: String(frame[3] ?? '') });
      return;
    default:
  }
}
