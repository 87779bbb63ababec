import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

it("the console's client is the one that the contract makes: `npm run generate` in web/ changes nothing", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [path('web/node_modules/openapi-typescript/bin/cli.js'), path('contracts/openapi.yaml')], { maxBuffer: 64 * 1024 * 1024 });
  assert.equal(stdout.trim() === (await readFile(path('web/src/api/contract.ts'), 'utf8')).trim(), true, 'web/src/api/contract.ts is out of date: run `npm run generate` in web/');
});
