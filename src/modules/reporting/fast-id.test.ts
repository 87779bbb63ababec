import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { encodeId } from '../../kernel/index.ts';
import { fastId } from './queries/fast-id.ts';

const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);
it(`the ids of files are those of everywhere else (seed ${seed})`, () => {
  fc.assert(fc.property(fc.uuid(), (uuid) => { assert.equal(fastId('bill', uuid), encodeId('bill', uuid)); }), { seed });
});
