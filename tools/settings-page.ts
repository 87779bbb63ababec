/** `node tools/run.mjs settings`: writes docs/operations/configuration.md anew from the list of settings. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settingsPage } from '../src/platform/config/index.ts';

const path = fileURLToPath(new URL('../docs/operations/configuration.md', import.meta.url));
writeFileSync(path, settingsPage());
console.log('wrote docs/operations/configuration.md');
