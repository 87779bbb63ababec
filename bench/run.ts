/** `npm run bench -- NAME [--json]`: runs bench/NAME.ts. Every benchmark exports `run({ json, arguments })`. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NOT_BENCHMARKS = new Set(['run.ts', 'harness.ts', 'server.ts']);
const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !NOT_BENCHMARKS.has(file)).map((file) => file.slice(0, -3));

export type BenchArguments = { readonly json: boolean; readonly arguments: readonly string[] };
type Bench = { run(options: BenchArguments): Promise<void> };

const given = process.argv.slice(2).filter((argument) => argument !== '--');
const json = given.includes('--json');
const [name, ...rest] = given.filter((argument) => argument !== '--json');
if (name === undefined || !names.includes(name) || !existsSync(`${folder}${name}.ts`)) {
  process.stderr.write(`usage: npm run bench -- NAME [--json]\nNAME is one of: ${names.sort().join(', ')}\n`);
  process.exitCode = 2;
} else {
  const bench = (await import(`./${name}.ts`)) as Bench;
  await bench.run({ json, arguments: rest });
}
