import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import type { Inbox } from '../inbox/receive.ts';
import { noteProbeArrival } from '../store/notify-probes.ts';

export const NOTIFY_PATH = '/notify';
/** Sent by our own probe with its id: answered without looking at the body, never stored as a notification. */
export const PROBE_HEADER = 'kirchhoff-notify-probe';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NOTIFY_KEY = /^[0-9a-z]{26}$/;

type NotifyRequest = FastifyRequest<{ Params: { notifyKey: string }; Body: Buffer | undefined }>;

/**
 * `POST /notify/{notifyKey}`: where channels tell us of payments. Outside the API: no log-in, the body is taken as bytes because its signature is over them, and
 * the answer is in the channel's words. 404 for a key that nobody has.
 */
export function registerNotifyRoute(server: FastifyInstance, { inbox, database, clock }: { readonly inbox: Inbox; readonly database: Database; readonly clock: Clock }): void {
  void server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: inbox.limits.bodyBytesMax }, (_request, body, parsed) => { parsed(null, body); });
    scope.post(`${NOTIFY_PATH}/:notifyKey`, {
      schema: { hide: true }, bodyLimit: inbox.limits.bodyBytesMax, config: { rateLimit: { max: inbox.limits.perMinuteFromOneAddressMax, timeWindow: '1 minute' } },
    }, async (request: NotifyRequest, reply) => {
      const { notifyKey } = request.params;
      const probe = request.headers[PROBE_HEADER];
      if (!NOTIFY_KEY.test(notifyKey)) throw problem('route_not_found');
      if (typeof probe === 'string') return reply.code(UUID.test(probe) && await noteProbeArrival(database, { notifyKey, probeId: probe, at: clock.now() }) ? 204 : 404).send();
      const answer = await inbox.receive(notifyKey, { headers: plain(request.headers), body: request.body ?? Buffer.alloc(0), receivedAt: clock.now() }, request.ip);
      if (answer === null) throw problem('route_not_found');
      return reply.code(answer.status).type(answer.contentType).send(answer.body);
    });
    done();
  });
}

/** A header that came twice is not what a channel sends; the values stay side by side as Node joins them. */
const plain = (headers: NotifyRequest['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]])));
