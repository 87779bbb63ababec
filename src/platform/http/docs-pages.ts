import type { FastifyInstance } from 'fastify';
import { openApiDocument } from './open-api.ts';

export function installDocsPages(server: FastifyInstance): void {
  server.get('/api/v1/openapi.json', { schema: { hide: true }, config: { audience: 'public' } }, async () => openApiDocument(server));
}
