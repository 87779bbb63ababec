import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const root = fileURLToPath(new URL('../../', import.meta.url));
const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: unknown[]; options: ICruiseOptions; MAY_CALL: Record<string, string[]> };
/** A cruise that sees next to nothing would pass every rule, so it must see at least this much. */
const MODULES_SEEN_MIN = 60;

async function violationsBelow(baseDir: string): Promise<ICruiseResult> {
  const { output } = await cruise(
    ['src', 'simulators'],
    { ...config.options, baseDir, validate: true, ruleSet: { forbidden: config.forbidden as never } },
    undefined,
    { tsConfig: extractTsConfig(join(root, 'tsconfig.json')) },
  );
  return output as ICruiseResult;
}

const listed = (result: ICruiseResult): string[] => result.summary.violations.map((violation) => `${violation.rule.name}: ${violation.from} → ${violation.to}`);

describe('the architecture', () => {
  it('lets a module call only what the table allows, through doors, without cycles', async () => {
    const result = await violationsBelow(root);
    assert.ok(result.summary.totalCruised >= MODULES_SEEN_MIN, `only ${result.summary.totalCruised} files were seen`);
    assert.deepEqual(listed(result), []);
  });

  it('notices a planted violation of each kind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kirchhoff-architecture-'));
    try {
      const plant = async (path: string, text: string): Promise<void> => {
        await mkdir(join(folder, path, '..'), { recursive: true });
        await writeFile(join(folder, path), text);
      };
      await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
      await plant('src/modules/charging/index.ts', 'export type A = string;');
      await plant('src/modules/ledger/index.ts', "import type { A } from '../charging/index.ts'; export type B = A;");
      await plant('src/modules/ledger/store/secret.ts', 'export const secret = 1;');
      await plant('src/modules/wallets/index.ts', "import { secret } from '../ledger/store/secret.ts'; export const c = secret;");
      await plant('src/kernel/index.ts', "import type { A } from '../modules/charging/index.ts'; export type K = A;");
      await plant('src/modules/strangers/index.ts', 'export const s = 1;');
      await plant('src/modules/wallets/stranger.ts', "import { s } from '../strangers/index.ts'; export const t = s;");
      await plant('src/modules/tariffs/domain/rate.ts', "import fs from 'node:fs'; export const f = fs;");
      await plant('simulators/wire.ts', "import type { A } from '../src/modules/charging/index.ts'; export type W = A;");
      const found = listed(await violationsBelow(folder)).join('\n');
      for (const rule of ['ledger-may-call', 'ledger-only-through-its-door', 'kernel-imports-nothing', 'a-module-must-be-in-the-table', 'domain-is-pure', 'simulators-stand-outside']) {
        assert.match(found, new RegExp(rule), `${rule} was not noticed`);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
