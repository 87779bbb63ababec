import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { boundedSink, createLogger, redact, REDACTED, type Drain } from './index.ts';

/** Keeps what was written; `stuck` holds the answer back like a device that does not answer. */
function device(): { drain: Drain; text: () => string; release: () => void; stuck: boolean } {
  let text = '';
  const waiting: (() => void)[] = [];
  const self = {
    stuck: false,
    drain: (chunk: string, done: () => void) => { text += chunk; if (self.stuck) waiting.push(done); else setImmediate(done); },
    text: () => text,
    release: () => { self.stuck = false; for (const done of waiting.splice(0)) done(); },
  };
  return self;
}

describe('logging', () => {
  it('D-10 a log that is stuck blocks nobody: lines are kept up to a bound, the rest is counted and told afterwards', async () => {
    const sink = device();
    sink.stuck = true;
    const logging = createLogger({ level: 'info', format: 'json', drain: sink.drain, bufferBytesMax: 10_000 });
    for (let n = 0; n < 1_000; n++) logging.logger.info({ n }, 'work goes on');
    await new Promise((resolve) => setImmediate(resolve));
    for (let n = 0; n < 1_000; n++) logging.logger.info({ n }, 'work goes on');
    assert.ok(logging.dropped() > 1_500, `${logging.dropped()} dropped`);
    sink.release();
    await logging.close();
    const lines = sink.text().trimEnd().split('\n').map((line) => JSON.parse(line) as { message: string; count?: number });
    const told = lines.filter((line) => line.message.startsWith('log lines were dropped')).reduce((sum, line) => sum + (line.count ?? 0), 0);
    assert.equal(told, logging.dropped());
    assert.equal(lines.filter((line) => line.message === 'work goes on').length, 2_000 - told);
  });

  it('D-10 a program whose log nobody reads goes on and ends when told', async () => {
    const source = `import { createLogger } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const { logger, close } = createLogger({ level: 'info', format: 'json' });
      for (let n = 0; n < 200_000; n++) logger.info({ n, filler: 'x'.repeat(80) }, 'line');
      process.stdout.write('worked\\n');
      await close();
      process.exit(0);`;
    // Standard error is a pipe that is never read, so it fills up after 64 kB.
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr.pause();
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => { out += chunk.toString(); });
    const worked = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => { child.kill('SIGKILL'); resolve(false); }, 30_000);
      child.on('exit', () => { clearTimeout(timer); resolve(true); });
    });
    assert.equal(worked, true, 'the program hung on its log');
    assert.equal(out, 'worked\n');
  });

  it('D-10 no secret reaches the log: by name at any depth, in addresses, in authorization headers, in errors', async () => {
    const sink = device();
    const logging = createLogger({ level: 'debug', format: 'json', drain: sink.drain });
    const secret = 'S3cr3t-value';
    logging.logger.info({ password: secret, nested: { list: [{ apiKey: secret, idTag: secret }] }, headers: { authorization: `Bearer ${secret}`, cookie: secret } }, 'fields');
    logging.logger.error({ error: new Error(`connect postgres://kirchhoff:${secret}@db:5432/x failed`, { cause: new Error(`Basic ${secret}`) }) }, `an error at https://u:${secret}@host/`);
    logging.logger.child({ token: secret }).warn({ url: `amqp://a:${secret}@h` }, 'child');
    await logging.close();
    assert.equal(sink.text().includes(secret), false, sink.text());
    assert.ok(sink.text().includes(REDACTED));
  });

  it('keeps what is no secret, writes bigint as digits and bytes as their count', () => {
    assert.deepEqual(redact({ energyWh: 12n, frame: Buffer.alloc(9), tokenKind: 'rfid', passed: 3, keyVersion: 2 }), { energyWh: '12', frame: '[9 bytes]', tokenKind: 'rfid', passed: 3, keyVersion: 2 });
  });

  it('survives a sink that fails, and counts what it lost', async () => {
    const sink = boundedSink((_text, done) => done(new Error('EPIPE')));
    sink.write('a\n');
    await sink.flush(100);
    assert.equal(sink.dropped(), 1);
  });
});
