import type { FastifyInstance } from 'fastify';
import { CATALOGUE, type ErrorCode } from '../errors/index.ts';
import { operationsByTag } from './api-reference.ts';
import { openApiDocument } from './open-api.ts';

/** The contract and its pages: plain HTML without a script, so that they work offline and under the strictest policy. */
export function installDocsPages(server: FastifyInstance): void {
  const config = { audience: 'public' } as const;
  let contract: Record<string, unknown> | undefined;
  const document = (): Record<string, unknown> => (contract ??= openApiDocument(server));
  server.get('/api/v1/openapi.json', { schema: { hide: true }, config }, async () => document());
  server.get('/docs', { schema: { hide: true }, config }, async (_request, reply) => reply.type('text/html; charset=utf-8').send(referencePage(document())));
  server.get('/docs/errors', { schema: { hide: true }, config }, async (_request, reply) => reply.type('text/html; charset=utf-8').send(errorsPage()));
}

function referencePage(document: Record<string, unknown>): string {
  const tags = [...operationsByTag(document)];
  const menu = tags.map(([tag]) => `<a href="#${slug(tag)}">${escape(tag)}</a>`).join(' · ');
  const sections = tags.map(([tag, operations]) => `<h2 id="${slug(tag)}">${escape(tag)}</h2>${operations.map(({ method, path, operation }) => `
    <details id="${operation.operationId}"><summary><b class="${method.toLowerCase()}">${method}</b> <code>${escape(path)}</code> ${escape(operation.summary ?? '')}</summary>
    ${operation.description ? `<p>${escape(operation.description)}</p>` : ''}
    <p>Needs: ${operation['x-audience'] === 'public' ? 'nothing' : `<code>${escape(operation['x-permission'] ?? 'being logged in')}</code>`}</p>
    <pre>${escape(JSON.stringify(withoutNoise(operation), null, 2))}</pre></details>`).join('')}`).join('');
  const schemas = Object.entries((document.components as { schemas?: Record<string, unknown> }).schemas ?? {}).map(([name, schema]) =>
    `<details id="schema-${name}"><summary><code>${name}</code></summary><pre>${escape(JSON.stringify(schema, null, 2))}</pre></details>`).join('');
  const { info } = document as { info: { description: string; version: string } };
  return page('Kirchhoff API', `<p>${escape(info.description).replaceAll('\n', '<br>').replaceAll(/`([^`]+)`/g, '<code>$1</code>')}</p>
    <p>Version ${escape(info.version)} · <a href="/api/v1/openapi.json">openapi.json</a> · <a href="/docs/errors">errors</a></p><nav>${menu} · <a href="#schemas">schemas</a></nav>${sections}<h2 id="schemas">Schemas</h2>${schemas}`);
}

function errorsPage(): string {
  const rows = (Object.keys(CATALOGUE) as ErrorCode[]).toSorted().map((code) => {
    const { status, en, zh } = CATALOGUE[code];
    return `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escape(en.title)}<br><span lang="zh">${escape(zh.title)}</span></td><td>${escape(en.whatToDo)}<br><span lang="zh">${escape(zh.whatToDo)}</span></td></tr>`;
  }).join('');
  return page('Kirchhoff API errors', `<p><a href="/docs">API</a></p><table><thead><tr><th>Code</th><th>Status</th><th>What happened</th><th>What to do</th></tr></thead><tbody>${rows}</tbody></table>`);
}

const withoutNoise = (operation: object): object => Object.fromEntries(Object.entries(operation).filter(([key]) => !['operationId', 'tags', 'summary', 'description'].includes(key)));
const slug = (text: string): string => text.replaceAll(/[^a-z0-9]+/gi, '-');
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const page = (title: string, body: string): string => `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; } body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow: auto; padding: .75rem; background: color-mix(in srgb, currentColor 7%, transparent); border-radius: 6px; font-size: 13px; }
summary { cursor: pointer; padding: .25rem 0; } summary b { display: inline-block; min-width: 4.5rem; } table { border-collapse: collapse; } td, th { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
tr:target, details:target { outline: 2px solid Highlight; }
</style></head><body><h1>${title}</h1>${body}</body></html>`;
