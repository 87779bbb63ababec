import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { WebSocketServer, type WebSocket } from 'ws';

/** One CALL as it came over the wire. */
export type Heard = { readonly station: string; readonly messageId: string; readonly action: string; readonly payload: Record<string, unknown>; readonly invalid: string | null };
export type ListeningPlatform = {
  readonly url: string;
  readonly heard: Heard[];
  /** How the next calls are answered; null = with silence, 'error' = with a CALLERROR. */
  answer: (call: Heard) => Record<string, unknown> | null | 'error';
  /** Calls the station and waits for its answer. */
  order(station: string, action: string, payload: Record<string, unknown>): Promise<unknown>;
  close(): Promise<void>;
};

const require = createRequire(import.meta.url);

/** The smallest platform that a station can talk to: it remembers what it hears, checked against the official schemas. */
export async function listeningPlatform(): Promise<ListeningPlatform> {
  const validate = { 'ocpp1.6': validator('ocpp1_6'), 'ocpp2.0.1': validator('ocpp2_0_1') };
  const sockets = new Map<string, WebSocket>();
  const answers = new Map<string, (payload: unknown) => void>();
  const heard: Heard[] = [];
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: (offered) => [...offered][0] ?? false });
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const platform: ListeningPlatform = {
    url: `ws://127.0.0.1:${(server.address() as { port: number }).port}/ocpp`, heard, answer: plainAnswer(),
    order: (station, action, payload) => new Promise((resolve) => {
      const id = `order-${answers.size}`;
      answers.set(id, resolve);
      sockets.get(station)!.send(JSON.stringify([2, id, action, payload]));
    }),
    close: () => new Promise((resolve) => {
      for (const socket of sockets.values()) socket.terminate();
      server.close(() => resolve());
    }),
  };
  server.on('connection', (socket, request) => {
    const station = decodeURIComponent(request.url!.split('/').at(-1)!);
    sockets.set(station, socket);
    socket.on('message', (data: Buffer) => {
      const [type, messageId, action, payload] = JSON.parse(data.toString('utf8')) as [number, string, string, Record<string, unknown>];
      if (type !== 2) return void answers.get(messageId)?.(action);
      const call: Heard = { station, messageId, action, payload, invalid: validate[socket.protocol as 'ocpp1.6'](action, payload) };
      heard.push(call);
      const answer = platform.answer(call);
      if (answer === 'error') socket.send(JSON.stringify([4, messageId, 'InternalError', 'busy', {}]));
      else if (answer !== null) socket.send(JSON.stringify([3, messageId, answer]));
    });
  });
  return platform;
}

/** Accepts everything; 1.6 transaction numbers count up, equal for equal starts. */
export function plainAnswer(): (call: Heard) => Record<string, unknown> {
  const numbers = new Map<string, number>();
  return ({ action, payload, station }) => {
    switch (action) {
      case 'BootNotification': return { status: 'Accepted', currentTime: new Date().toISOString(), interval: 300 };
      case 'Authorize': return { idTagInfo: { status: 'Accepted' }, idTokenInfo: { status: 'Accepted' } };
      case 'StartTransaction': {
        const key = JSON.stringify([station, payload]);
        if (!numbers.has(key)) numbers.set(key, numbers.size + 1);
        return { transactionId: numbers.get(key)!, idTagInfo: { status: 'Accepted' } };
      }
      default: return {};
    }
  };
}

function validator(file: string): (action: string, payload: unknown) => string | null {
  const ajv = new Ajv({ strict: false });
  (addFormats as unknown as (ajv: Ajv, formats: string[]) => void)(ajv, ['uri']);
  // Stations write times in ways that the format does not allow, on purpose; the shape of the rest is what is checked here.
  ajv.addFormat('date-time', true);
  const schemas = new Map((require(`ocpp-rpc/lib/schemas/${file}.json`) as { $id: string }[]).map(({ $id, ...schema }) => [$id, schema]));
  const checks = new Map<string, ValidateFunction>();
  return (action, payload) => {
    const schema = schemas.get(`urn:${action}.req`);
    if (!schema) return `no such action: ${action}`;
    const check = checks.get(action) ?? ajv.compile(schema);
    checks.set(action, check);
    return check(payload) === true ? null : ajv.errorsText(check.errors);
  };
}
