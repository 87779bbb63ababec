import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { planReply } from '../dialect.ts';
import { instant } from '../../../kernel/index.ts';
import { parseLenientJson } from './lenient-json.ts';
import { parseMessage, type OcppVersion } from './message.ts';
import { schemaViolation, standardAction } from './schemas.ts';

describe('reading a frame', () => {
  it('never throws, whatever arrives', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.array(fc.jsonValue()).map((value) => JSON.stringify(value))), (text) => {
      assert.ok(['call', 'result', 'error', 'malformed'].includes(parseMessage(text).kind));
    }), { verbose: 1 });
  });
  it('keeps integers that no double holds, and leaves all other numbers alone', () => {
    assert.deepEqual(parseLenientJson('[9223372036854775807,1234567890123456,0.1234567890123456789,"9223372036854775807",1e400]'),
      [9223372036854775807n, 1234567890123456, 0.12345678901234568, '9223372036854775807', Infinity]);
  });
  it('echoes an id of another type, and flags it', () => {
    const message = parseMessage('[2,17,"Heartbeat",{}]');
    assert.ok(message.kind === 'call');
    assert.deepEqual([message.echoId, message.messageId, message.flags], [17, '17', ['message id is a number']]);
  });
  it('understands a call without a payload', () => assert.equal(parseMessage('[2,"a","Heartbeat"]').kind, 'call'));
  it('refuses an id that cannot be echoed', () => {
    for (const text of ['[2,null,"Heartbeat",{}]', '[2,"","Heartbeat",{}]', `[2,"${'x'.repeat(256)}","Heartbeat",{}]`, '[2]', '[]']) assert.equal(parseMessage(text).kind, 'malformed', text);
  });
});

describe('the official schemas', () => {
  const load = createRequire(import.meta.url);
  const versions: [OcppVersion, string][] = [['ocpp1.6', 'ocpp-rpc/lib/schemas/ocpp1_6.json'], ['ocpp2.0.1', 'ocpp-rpc/lib/schemas/ocpp2_0_1.json']];
  for (const [version, path] of versions) {
    const ids = (load(path) as { $id: string }[]).map((schema) => schema.$id);
    it(`of ${version} all compile`, () => {
      for (const id of ids) {
        const [, action, part] = /^urn:(.+)\.(req|conf)$/.exec(id)!;
        assert.doesNotThrow(() => schemaViolation(version, action!, part as 'req' | 'conf', {}), id);
      }
    });
    it(`of ${version}: every answer that needs no decision fits them`, () => {
      for (const id of ids.filter((each) => each.endsWith('.req'))) {
        const action = id.slice(4, -4);
        const plan = planReply(version, action, {}, { now: instant(0), heartbeatIntervalS: 300 });
        if (plan.kind === 'now') assert.equal(schemaViolation(version, action, 'conf', plan.payload), null, action);
        if (plan.kind === 'authorize') assert.equal(schemaViolation(version, action, 'conf', plan.answer('accepted')), null, action);
        if (plan.kind === 'start') assert.equal(schemaViolation(version, action, 'conf', plan.answer({ transactionId: 1, decision: 'concurrent_tx' })), null, action);
      }
    });
  }
  it('know an action in the wrong case', () => assert.equal(standardAction('ocpp1.6', 'METERVALUES'), 'MeterValues'));
});
