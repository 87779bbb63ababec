import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FLAG_CAUSES } from '../../src/modules/charging/domain/flag.ts';
import { ALL_PERMISSIONS } from '../../src/platform/http/permission.ts';
import { MESSAGES } from '../../web/src/i18n/messages/index.ts';

const entries = Object.entries(MESSAGES) as [string, readonly [string, string]][];
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort();
/** Words that are the same in both languages. */
const UNTRANSLATED = new Set(['App', 'kW']);

describe('the texts of the console', () => {
  it('has every text in English and in Chinese', () => {
    for (const [key, [en, zh]] of entries) {
      assert.ok(en.trim() !== '' && zh.trim() !== '', `${key} is empty in one language`);
      assert.ok(/\p{Script=Han}/u.test(zh) || UNTRANSLATED.has(zh) || !/[a-z]{4}/i.test(zh.replaceAll(/\{\w+\}/g, '')), `${key} is not Chinese: ${zh}`);
      assert.ok(!/\p{Script=Han}/u.test(en), `${key} is not English: ${en}`);
    }
  });

  it('has a heading for every group of permissions', () => {
    for (const permission of ALL_PERMISSIONS) {
      const key = `permission.group.${permission.split(':')[0]!}`;
      assert.ok(Object.hasOwn(MESSAGES, key), `${key}, for the role editor`);
    }
  });

  it('puts the same figures and names into both languages', () => {
    for (const [key, [en, zh]] of entries) assert.deepEqual(placeholders(en), placeholders(zh), key);
  });

  it('names and explains every oddity that a session can have', () => {
    for (const cause of Object.keys(FLAG_CAUSES)) {
      assert.ok(Object.hasOwn(MESSAGES, `flag.${cause}`), `flag.${cause}`);
      assert.ok(Object.hasOwn(MESSAGES, `flag.${cause}.why`), `flag.${cause}.why`);
    }
  });
});
