import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConfigFault, explainConfig, loadConfig, settingsPage } from './index.ts';

const folder = (settings?: unknown): string => {
  const path = mkdtempSync(join(tmpdir(), 'config-'));
  if (settings !== undefined) writeFileSync(join(path, 'kirchhoff.json'), typeof settings === 'string' ? settings : JSON.stringify(settings));
  return path;
};
const problems = (input: Parameters<typeof loadConfig>[0]): readonly string[] => {
  try {
    loadConfig(input);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigFault);
    return error.problems;
  }
};

describe('settings', () => {
  it('come from defaults, then the file, then the environment, then the command line', () => {
    const workingFolder = folder({ 'http.port': 9001, 'ocpp.port': 9002, 'jobs.concurrency': 2 });
    const { config } = loadConfig({ workingFolder, environment: { KIRCHHOFF_OCPP_PORT: '9003', KIRCHHOFF_JOBS_CONCURRENCY: '3' }, options: { 'jobs.concurrency': '5' } });
    assert.deepEqual([config['http.port'], config['ocpp.port'], config['jobs.concurrency'], config['log.level']], [9001, 9003, 5, 'info']);
    assert.equal(config['data.folder'], join(workingFolder, 'data'));
  });

  it('that are wrong are all named, each with where it was set and what is allowed', () => {
    const found = problems({ workingFolder: folder({ 'http.port': 99_999, 'colour': 'red' }), environment: { KIRCHHOFF_LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' } });
    assert.equal(found.length, 4);
    assert.match(found.find((text) => text.includes('http.port'))!, /KIRCHHOFF_PORT \(http\.port\) is "99999" in .*kirchhoff\.json; allowed is a whole number from 0 to 65535/);
    assert.match(found.find((text) => text.includes('log.level'))!, /"loud" in the environment variable KIRCHHOFF_LOG_LEVEL; allowed is debug, info, warn, error/);
    assert.ok(found.some((text) => text.includes('"colour", which is not a setting')));
  });

  it('never show a secret, neither in a complaint nor in the explanation', () => {
    const secret = 'mysql://u:s3cret@h/d';
    assert.equal(problems({ workingFolder: folder(), environment: { DATABASE_URL: secret } }).join().includes('s3cret'), false);
    const { explained, file } = loadConfig({ workingFolder: folder(), environment: { DATABASE_URL: 'postgres://u:s3cret@h/d', KIRCHHOFF_METRICS_TOKEN: 's3cret' } });
    assert.equal(explainConfig(explained, file).includes('s3cret'), false);
  });

  it('P-17 config explain tells every value, where it comes from, what it overrides, and on which node', () => {
    const workingFolder = folder({ 'http.port': 9001 });
    const { explained, file } = loadConfig({ workingFolder, environment: { KIRCHHOFF_PORT: '9005' } });
    const text = explainConfig(explained, file);
    assert.match(text, /^Settings in force on node \S+/);
    assert.ok(text.includes(`Settings file: ${join(workingFolder, 'kirchhoff.json')}`));
    assert.match(text, /http\.port\s+9005 {2}\(in the environment variable KIRCHHOFF_PORT\)\n\s+instead of 9001 \(in .*kirchhoff\.json\)\n\s+instead of 8080 \(by default\)/);
    for (const item of explained) assert.ok(text.includes(item.name));
  });

  it('are written down in docs/operations/configuration.md (if not: node tools/run.mjs settings)', () => {
    assert.equal(readFileSync(new URL('../../../docs/operations/configuration.md', import.meta.url), 'utf8'), settingsPage());
  });

  it('P-17 come from one file only: a second copy is never in force, and a named one that is missing is an error', () => {
    const [here, elsewhere] = [folder({ 'http.port': 9001 }), folder({ 'http.port': 9002 })];
    const environment = { KIRCHHOFF_CONFIG: join(elsewhere, 'kirchhoff.json') };
    assert.equal(loadConfig({ workingFolder: here, environment }).config['http.port'], 9002);
    assert.match(problems({ workingFolder: here, environment: { KIRCHHOFF_CONFIG: '/nowhere.json' } })[0]!, /KIRCHHOFF_CONFIG names \/nowhere\.json, which does not exist/);
    assert.match(problems({ workingFolder: folder('{"http.port": '), environment: {} })[0]!, /kirchhoff\.json is not JSON/);
  });
});
