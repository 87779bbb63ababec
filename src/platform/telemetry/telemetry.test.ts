import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { silentLogger } from '../logging/index.ts';
import { beginWait, inSpan, openSpan } from '../timings/index.ts';
import { startTelemetry } from './index.ts';

const test = await openTestDatabase();

describe('traces', () => {
  it('P-09 go to the collector with a span for the transaction, each query by its name and each call, and hold no value', async () => {
    const bodies: string[] = [];
    const collector = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; }).on('end', () => { bodies.push(`${request.url} ${body}`); response.end('{}'); });
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const telemetry = await startTelemetry({ endpoint: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`, logger: silentLogger });
    await inSpan('POST /api/v1/payment-orders', async () => {
      await test.database.untenanted.transaction((tx) => tx.query({ name: 'orders_by_secret', text: 'select $1::text' }, ['4111-1111']));
      beginWait('channel', 'create_native_qr')();
    });
    await telemetry.close();
    collector.close();
    const sent = bodies.join('\n');
    assert.match(sent, /^\/v1\/traces /);
    for (const name of ['POST /api/v1/payment-orders', 'transaction', 'orders_by_secret', 'create_native_qr']) assert.ok(sent.includes(name), name);
    assert.equal(sent.includes('4111-1111'), false);
    assert.equal(openSpan('x'), null, 'once closed, nothing is traced');
  });

  it('P-09 without a collector nothing is traced', async () => {
    await (await startTelemetry({ endpoint: undefined, logger: silentLogger })).close();
    assert.equal(openSpan('x'), null);
  });
});
