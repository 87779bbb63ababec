import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { main } from './cli.ts';
import { helpText, parseOptions, suggestion, UsageFault, type CommandSpec } from './options.ts';

const spec: CommandSpec = {
  name: 'probe', summary: 'Probes.', words: [{ name: 'FILE', about: 'what to read' }],
  options: [{ name: 'json', about: 'As JSON.' }, { name: 'port', value: 'PORT', about: 'Where.' }, { name: 'role', value: 'ROLE', about: 'Which.', repeatable: true }],
};
const complaint = (...args: string[]): string => {
  try {
    parseOptions(spec, args);
    return '';
  } catch (error) {
    assert.ok(error instanceof UsageFault);
    return error.message;
  }
};
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '', err = '';
  const code = await main(args, { out: (text) => { out += `${text}\n`; }, err: (text) => { err += `${text}\n`; }, env: {} });
  return { code, out, err };
}

describe('the command line', () => {
  it('reads options before and after words, with a space or an equals sign, and repeated ones where that is allowed', () => {
    const parsed = parseOptions(spec, ['--port', '80', 'file.csv', '--role=api', '--role', 'worker', '--json']);
    assert.deepEqual([parsed.words, parsed.text('port'), parsed.all('role'), parsed.has('json')], [['file.csv'], '80', ['api', 'worker'], true]);
    assert.deepEqual(parseOptions(spec, ['--', '--port']).words, ['--port']);
  });

  it('says what is wrong and what was probably meant', () => {
    assert.equal(complaint('x', '--jsn'), 'probe has no option --jsn, did you mean --json?');
    assert.equal(complaint('x', '--colour'), 'probe has no option --colour');
    assert.equal(complaint('x', '--port'), '--port needs a value: --port PORT');
    assert.equal(complaint('x', '--json=1'), '--json takes no value');
    assert.equal(complaint('x', '--port', '1', '--port', '2'), '--port is given twice');
    assert.equal(complaint('x', 'y'), 'probe does not understand "y"');
    assert.equal(complaint(), 'probe needs FILE: what to read');
    assert.equal(suggestion('strat', ['start', 'audit']), ', did you mean start?');
  });

  it('helps with every option, and with the meaning of exit codes', () => {
    const text = helpText({ ...spec, exitCodes: { 1: 'it broke' } });
    for (const word of ['--json', '--port PORT', '--help', 'FILE', 'it broke', 'the command line is wrong']) assert.ok(text.includes(word), word);
  });

  it('ends with 2 for an unknown command or option, and helps for every command', async () => {
    assert.equal((await run('strat')).code, 2);
    assert.match((await run('strat')).err, /there is no command strat, did you mean start\?/);
    assert.equal((await run('audit', '--jsn')).code, 2);
    const { out } = await run('--help');
    const commands = [...out.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map((match) => match[1]!);
    assert.ok(['start', 'migrate', 'audit', 'replay', 'simulate', 'doctor', 'backup', 'restore', 'config', 'secrets', 'demo'].every((name) => commands.includes(name)), commands.join());
    for (const name of commands) {
      const help = await run(name, '--help');
      assert.equal(help.code, 0, name);
      assert.match(help.out, new RegExp(`^kirchhoff ${name} `), name);
    }
  });
});
