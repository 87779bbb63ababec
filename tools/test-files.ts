import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const FOLDERS = ['src', 'simulators', 'test', 'tools', 'bench'] as const;

/** Every test file of the project, in path order. */
export async function findTestFiles(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of FOLDERS) {
    const entries = await readdir(join(root, folder), { recursive: true });
    found.push(...entries.filter((entry) => entry.endsWith('.test.ts') && !entry.includes('node_modules')).map((entry) => join(root, folder, entry)));
  }
  return found.sort();
}
