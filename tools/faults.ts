/**
 * `npm run faults [-- --json]`: runs the tests that prove field faults and prints, for each id of docs/field-faults.md, what proves it.
 * Exit 1 when a built id has no test or a failing one.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findTestFiles } from './test-files.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const FAULT_ID = /\b([DCPVA]-\d{2})\b/g;

export type FaultRow = { readonly id: string; readonly fault: string; readonly state: 'built' | 'pending' };
type Proof = { readonly test: string; readonly file: string; readonly passed: boolean };
type Outcome = FaultRow & { readonly result: 'passed' | 'failed' | 'missing' | 'pending'; readonly proofs: readonly Proof[] };

/** The rows of the table, in order. */
export function readFaultTable(markdown: string): FaultRow[] {
  return [...markdown.matchAll(/^\| ([DCPVA]-\d{2}) \| (.+?) \| .+ \| (built|pending) \|$/gm)]
    .map((match) => ({ id: match[1]!, fault: match[2]!, state: match[3] as FaultRow['state'] }));
}

/** The ids a test's name begins with: "C-13 C-14 …" proves both. */
export function idsProvenBy(testName: string): string[] {
  const head = /^((?:[DCPVA]-\d{2}[\s,:]*)+)/.exec(testName)?.[1] ?? '';
  return [...head.matchAll(FAULT_ID)].map((match) => match[1]!);
}

export function judge(row: FaultRow, proofs: readonly Proof[]): Outcome {
  if (row.state === 'pending') return { ...row, result: 'pending', proofs };
  if (proofs.length === 0) return { ...row, result: 'missing', proofs };
  return { ...row, result: proofs.every((proof) => proof.passed) ? 'passed' : 'failed', proofs };
}

async function filesWithProofs(): Promise<string[]> {
  const files = await findTestFiles();
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return files.filter((_, index) => /\b(it|test|describe)\(\s*[`'"][DCPVA]-\d{2}/.test(texts[index]!));
}

async function collectProofs(files: readonly string[]): Promise<Map<string, Proof[]>> {
  const proofs = new Map<string, Proof[]>();
  if (files.length === 0) return proofs;
  // Whole files, as `npm test` runs them: a test may go on from what the one before it has made.
  const stream = run({ files: [...files], concurrency: 2 });
  for await (const event of stream) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    if ('skip' in event.data && event.data.skip !== undefined) continue;
    for (const id of idsProvenBy(event.data.name)) {
      const list = proofs.get(id) ?? [];
      list.push({ test: event.data.name, file: (event.data.file ?? '').replace(root, ''), passed: event.type === 'test:pass' });
      proofs.set(id, list);
    }
  }
  return proofs;
}

function printTable(outcomes: readonly Outcome[]): void {
  const mark = { passed: '✔', failed: '✖', missing: '?', pending: '·' } as const;
  for (const outcome of outcomes) {
    console.log(`${mark[outcome.result]} ${outcome.id}  ${outcome.result.padEnd(8)} ${outcome.fault}`);
    for (const proof of outcome.proofs) console.log(`      ${proof.passed ? '✔' : '✖'} ${proof.test}  (${proof.file})`);
  }
  const count = (result: Outcome['result']): number => outcomes.filter((outcome) => outcome.result === result).length;
  console.log(`\n${outcomes.length} ids: ${count('passed')} passed, ${count('failed')} failed, ${count('missing')} without a test, ${count('pending')} pending`);
}

async function main(args: readonly string[]): Promise<number> {
  const rows = readFaultTable(await readFile(join(root, 'docs/field-faults.md'), 'utf8'));
  const proofs = await collectProofs(await filesWithProofs());
  const outcomes = rows.map((row) => judge(row, proofs.get(row.id) ?? []));
  if (args.includes('--json')) for (const { id, fault, result, proofs: tests } of outcomes) console.log(JSON.stringify({ id, fault, result, tests }));
  else printTable(outcomes);
  return outcomes.some((outcome) => outcome.result === 'failed' || outcome.result === 'missing') ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main(process.argv.slice(2)));
