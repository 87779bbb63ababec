import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type {} from '@fastify/swagger'; // Adds `hide` to a route's schema: these pages are no part of the contract.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where `npm run build` in web/ leaves the console. */
export const CONSOLE_ROOT = fileURLToPath(new URL('../../web/dist/', import.meta.url));

/** Files under /assets carry a hash of their content in the name, so they never change. */
const IMMUTABLE_MAX_AGE_S = 365 * 24 * 3600;
/** Icon and first-paint script keep their names: asked for again after this long. */
const NAMED_FILE_MAX_AGE_S = 3600;

/** Paths that belong to the server: an unknown one is its error and never the console's page. */
const SERVER_PATHS = ['/api/', '/health/', '/metrics', '/ocpp/', '/docs'];

/**
 * Serves the built console: hashed files for ever, `index.html` always fresh, and for every other address a person may open
 * (`/sessions/chg_…`) the same page, which finds its own way. The security headers are those of every answer (platform/http).
 * @returns false when the console has not been built; the API then runs without it.
 */
export async function registerConsole(app: FastifyInstance, root: string = CONSOLE_ROOT): Promise<boolean> {
  if (!existsSync(`${root}/index.html`)) return false;
  await app.register(fastifyStatic, {
    root,
    serve: false, // Files are sent by the routes below only, so that no name of a file can shadow the API.
    cacheControl: false,
  });
  const sendPage = (_request: FastifyRequest, reply: FastifyReply) => withHeaders(reply, 'no-cache').sendFile('index.html');
  const sendNamed = (name: string) => (_request: FastifyRequest, reply: FastifyReply) =>
    withHeaders(reply, `public, max-age=${NAMED_FILE_MAX_AGE_S}`).sendFile(name);
  const hidden = { schema: { hide: true } };

  app.get('/', hidden, sendPage);
  app.get('/favicon.svg', hidden, sendNamed('favicon.svg'));
  app.get('/first-paint.js', hidden, sendNamed('first-paint.js'));
  app.get('/assets/*', hidden, (request, reply) => {
    const file = (request.params as { '*': string })['*'];
    return withHeaders(reply, `public, max-age=${IMMUTABLE_MAX_AGE_S}, immutable`).sendFile(file, `${root}/assets`);
  });
  app.get('/*', hidden, (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    if (SERVER_PATHS.some((prefix) => path.startsWith(prefix)) || /\.[a-z0-9]+$/i.test(path)) return reply.callNotFound();
    return sendPage(request, reply);
  });
  return true;
}

const withHeaders = (reply: FastifyReply, cacheControl: string): FastifyReply => reply.header('cache-control', cacheControl);
