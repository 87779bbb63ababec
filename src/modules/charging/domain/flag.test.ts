import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { FLAG_CAUSES, NEVER_SETTLED_FIRST, type FlagCause } from './flag.ts';

it('docs/reference/abnormal-bills.md and the program name the same causes, codes and effects', async () => {
  const text = await readFile(new URL('../../../../docs/reference/abnormal-bills.md', import.meta.url), 'utf8');
  const documented = text.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const causes = [...(cells[2] ?? '').matchAll(/`([a-z_]+)`( †)?/g)];
    return causes.map(([, cause, never]) => `${cells[1]} ${cause} ${cells.at(-2)}${never ? ' never settled first' : ''}`);
  });
  const known = (Object.keys(FLAG_CAUSES) as FlagCause[]).map((cause) =>
    `${FLAG_CAUSES[cause].code ?? '–'} ${cause} ${FLAG_CAUSES[cause].effect}${NEVER_SETTLED_FIRST.has(cause) ? ' never settled first' : ''}`);
  assert.deepEqual(documented.sort(), known.sort());
});
