import type { FastifyInstance } from 'fastify';

/**
 * What the console may load: itself only. Styles are inline because Ant Design writes them at run time; scripts never are.
 * The API's own answers are JSON and need none of it, but one policy for all is one policy to understand.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:", "font-src 'self' data:", "connect-src 'self'",
  "worker-src 'self' blob:", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
].join('; ');

export function installSecurityHeaders(server: FastifyInstance, options: { readonly publicOrigin?: string | null }): void {
  const https = options.publicOrigin?.startsWith('https://') ?? false;
  server.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
      'x-request-id': request.id,
      ...(https ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
      // Answers are of one person and one moment; static files set their own.
      ...(request.url.startsWith('/api/') ? { 'cache-control': 'no-store' } : {}),
    });
  });
}
