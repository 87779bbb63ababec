import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { instant, money } from '../../kernel/index.ts';
import { newUuid } from '../clock/index.ts';
import { Problem } from '../errors/index.ts';
import {
  decodeCursor, encodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantFromJson, instantToJson, MoneyJson, moneyFromJson, moneyToJson, WattHoursJson, wattHoursFromJson, wattHoursToJson,
} from './index.ts';

const ajv = new Ajv({ strict: false });
addFormats.default(ajv, ['date-time']);
const accepts = (schema: TSchema, value: unknown): boolean => ajv.validate(schema, value);
const wide = fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n });

describe('the contract codec', () => {
  it('carries amounts and energy beyond 2^53 without losing a digit', () => {
    fc.assert(fc.property(wide, (value) => {
      const json = JSON.parse(JSON.stringify(moneyToJson(money(value, 'CNY'))));
      assert.ok(accepts(MoneyJson, json));
      assert.deepEqual(moneyFromJson(json), money(value, 'CNY'));
      assert.ok(accepts(WattHoursJson, wattHoursToJson(value)));
      assert.equal(wattHoursFromJson(wattHoursToJson(value)), value);
    }));
  });

  it('refuses amounts that are numbers, fractions, padded, or in a currency nobody knows', () => {
    for (const amountMinor of [100, '1.5', '007', '', '-', '1e3', '+1', ' 1', '9'.repeat(19)]) assert.equal(accepts(MoneyJson, { amountMinor, currency: 'CNY' }), false, String(amountMinor));
    assert.equal(accepts(MoneyJson, { amountMinor: '1', currency: 'XXX' }), false);
    assert.equal(accepts(MoneyJson, { amountMinor: '1', currency: 'CNY', note: '' }), false);
  });

  it('carries instants in UTC with milliseconds, and reads any zone', () => {
    const at = instant(Date.UTC(2026, 10, 20, 8, 0, 0, 123));
    assert.equal(instantToJson(at), '2026-11-20T08:00:00.123Z');
    assert.ok(accepts(InstantJson, '2026-11-20T16:00:00.123+08:00'));
    assert.equal(instantFromJson('2026-11-20T16:00:00.123+08:00'), at);
    assert.equal(accepts(InstantJson, '2026-11-20'), false);
  });

  it('carries ids with their prefix, and says that a foreign one does not exist', () => {
    const uuid = newUuid();
    const id = idToJson('mem', uuid);
    assert.ok(accepts(IdJson('mem'), id));
    assert.equal(accepts(IdJson('usr'), id), false);
    assert.equal(idFromJson('mem', id, 'member_not_found'), uuid);
    assert.throws(() => idFromJson('usr', id, 'user_not_found'), (error) => error instanceof Problem && error.code === 'user_not_found');
  });

  it('brings back every keyset that a cursor was made of, and nothing else', () => {
    fc.assert(fc.property(fc.string(), fc.maxSafeInteger(), fc.uuid(), (text, number, uuid) => {
      assert.deepEqual(decodeCursor(encodeCursor([text, number, uuid]), ['string', 'number', 'uuid']), [text, number, uuid]);
    }));
    fc.assert(fc.property(fc.string(), (noise) => {
      assert.throws(() => decodeCursor(noise, ['uuid']), (error) => error instanceof Problem && error.code === 'cursor_invalid');
    }));
  });
});
