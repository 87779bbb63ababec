import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { CATALOGUE } from '../src/platform/errors/index.ts';
import { generatedFiles } from './contract.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const HOW = 'run `node tools/contract.ts` and commit the change';
const generated = await generatedFiles();

describe('what is made from the sources', () => {
  for (const { path, text } of generated) {
    it(`${path} is committed as the sources make it`, async () => {
      assert.equal(await readFile(root + path, 'utf8').catch(() => ''), text, HOW);
    });
  }

  it('documents every error code, and no code that does not exist', async () => {
    const page = await readFile(root + 'docs/reference/errors.md', 'utf8');
    const documented = [...page.matchAll(/^\| `([a-z_]+)` \|/gm)].map((match) => match[1]!);
    assert.deepEqual(documented.toSorted(), Object.keys(CATALOGUE).toSorted());
  });

  it('has a title and an answer in both languages for every error', () => {
    for (const [code, { status, en, zh }] of Object.entries(CATALOGUE)) {
      assert.match(code, /^[a-z]+(_[a-z]+)*$/);
      assert.ok(status >= 400 && status <= 599, code);
      assert.ok(en.title && en.whatToDo, code);
      assert.match(zh.title, /\p{Script=Han}/u, code);
      assert.match(zh.whatToDo, /\p{Script=Han}/u, code);
    }
  });

  it('gives every operation of the contract an id of its own, a tag, a permission and a documented answer', () => {
    const text = generated.find(({ path }) => path.endsWith('.yaml'))!.text;
    const ids = [...text.matchAll(/^ {6}operationId: (\S+)$/gm)].map((match) => match[1]!);
    assert.ok(ids.length >= 3);
    assert.equal(new Set(ids).size, ids.length, 'an operationId is used twice');
    const count = (pattern: RegExp): number => [...text.matchAll(pattern)].length;
    assert.equal(count(/^ {6}x-audience: /gm), ids.length);
    assert.equal(count(/^ {6}x-permission: /gm), ids.length);
    assert.equal(count(/^ {6}tags:$/gm), ids.length);
  });
});
