/**
 * `npm test`: type check, lint, then every test. Arguments that are no option narrow the tests to the paths that contain them.
 * Ends with the test runner's own summary; exit 1 at the first step that fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureTestServer, stopTestServer } from '../test/support/postgres-server.ts';
import { findTestFiles } from './test-files.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const TESTS_AT_ONCE = 2;

function step(name: string, command: string, args: readonly string[], cwd = root): void {
  const startedAt = process.hrtime.bigint();
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  const seconds = Number((process.hrtime.bigint() - startedAt) / 1_000_000n) / 1000;
  console.log(`${status === 0 ? '✔' : '✖'} ${name} (${seconds.toFixed(1)} s)`);
  if (status !== 0) process.exit(1);
}

const filters = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const files = (await findTestFiles()).filter((file) => filters.length === 0 || filters.some((filter) => relative(root, file).includes(filter)));
if (files.length === 0) {
  console.error(`no test file's path contains ${filters.join(' or ')}`);
  process.exit(1);
}
const binary = (name: string): string => join(root, 'node_modules/.bin', name);
if (filters.length === 0) {
  step('type check', process.execPath, [binary('tsc'), '-p', root]);
  step('type check of the browser tests', process.execPath, [binary('tsc'), '-p', join(root, 'test/e2e')]);
  if (existsSync(join(root, 'web/package.json'))) step('type check of the console', process.execPath, [join(root, 'web/node_modules/typescript/bin/tsc'), '-p', join(root, 'web')]);
  step('lint', process.execPath, [binary('eslint'), '--max-warnings=0', 'src', 'test', 'simulators', 'bench', 'tools', 'web/src']);
}
const startedHere = await ensureTestServer();
const { status } = spawnSync(process.execPath, ['--test', `--test-concurrency=${TESTS_AT_ONCE}`, '--test-reporter=spec', ...files], { cwd: root, stdio: 'inherit' });
if (startedHere) await stopTestServer();
process.exit(status ?? 1);
