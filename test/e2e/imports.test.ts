import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { generateSessionTable } from '../../simulators/session-table/index.ts';
import type { OperatorId } from '../../src/kernel/index.ts';
import { workImports } from '../../src/modules/imports/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { logIn, open, openBrowser, prefer, violations as found, type Browser } from './browser.ts';
import { startConsoleServer, type ConsoleServer } from './console-server.ts';
import { seedWorld } from './seeded-world.ts';

const test = await openTestDatabase();
const seed = Number(process.env.KIRCHHOFF_SEED ?? 20261122), ROWS = 600;
let server: ConsoleServer | undefined, browser: Browser, operatorId: OperatorId, folder = '';
const violations = async (page: Browser['page']): Promise<string[]> => { await page.mouse.move(0, 0); return found(page); };
const at = (path: string): string => server!.origin + path;
const SHOTS = process.env.KIRCHHOFF_SHOTS;
const shot = async (name: string): Promise<void> => { if (SHOTS) await browser.page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true }); };
const fitsScreen = (): Promise<boolean> => browser.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

async function bring(fileName: string): Promise<void> {
  const { page } = browser;
  await open(page, at('/session-imports'));
  await page.getByRole('button', { name: 'Bring a table' }).click();
  await page.locator('#import-file').setInputFiles(join(folder, fileName));
  await page.getByRole('dialog').getByRole('button', { name: 'Upload' }).click();
  await page.getByRole('heading', { name: fileName }).waitFor();
}

describe('tables of sessions in the console', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kirchhoff-tables-'));
    const table = generateSessionTable({ seed, rows: ROWS, flavour: 'dundee' }).toString().split('\n');
    // A row whose start is no time: it is refused, and the report says why.
    const cells = table[3]!.split(','), start = table[0]!.split(',').findIndex((name) => name.replaceAll('"', '').trim() === 'Start Date');
    table[3] = cells.with(start, 'yesterday').join(',');
    await writeFile(join(folder, 'town.csv'), table.join('\n'));
    await writeFile(join(folder, 'odd-names.csv'), ['Colour;Alpha;Beta;Gamma;Delta', ...Array.from({ length: 30 }, (_, i) => `blue;P${i % 3};2026-03-${String(i % 28 + 1).padStart(2, '0')} 10:00;2026-03-${String(i % 28 + 1).padStart(2, '0')} 11:00;7,${i + 10}`)].join('\n'));
    ({ operatorId } = await seedWorld(test.database, systemClock));
    server = await startConsoleServer(test.database, systemClock);
    browser = await openBrowser();
    await logIn(browser.page, server.origin);
  });
  after(async () => { await browser?.close(); await server?.close(); await rm(folder, { recursive: true, force: true }); });

  it('an empty list says what would be here, and a file is brought with its mapping proposed column by column', async (t) => {
    t.diagnostic(`seed ${seed}`);
    const { page } = browser;
    await open(page, at('/session-imports'));
    await page.getByText('No table was brought yet').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole('button', { name: 'Bring a table' }).click();
    await page.getByRole('dialog').getByText('At most 50 MB').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await bring('town.csv');
    const columns = page.locator('section[aria-label="What each column is"]');
    await columns.getByRole('row').filter({ hasText: 'CP ID' }).getByText('sure').waitFor();
    await columns.getByRole('row').filter({ hasText: 'CP ID' }).getByText('Charge point').waitFor();
    await columns.getByRole('row').filter({ hasText: 'Total kWh' }).getByText('Energy').waitFor();
    await page.getByText('Nothing in the table says which time zone').waitFor();
  });

  it('shows what an import would find before it is started, and follows what a person changes', async () => {
    const { page } = browser;
    const preview = page.locator('section[aria-label="What an import would find"]');
    await preview.getByText(`all ${ROWS} rows of the file`).waitFor();
    await preview.getByText('The start cannot be read').first().waitFor();
    await page.getByLabel('Time zone').fill('London');
    await page.getByTitle('Europe/London').click();
    await preview.getByRole('row').nth(1).waitFor();
    await page.waitForFunction(() => document.querySelector('.ant-spin') === null);
    assert.deepEqual(await violations(page), []);
    await shot('import-wizard-en-1280');
    await preview.getByRole('button', { name: /^Row \d+$/ }).first().click();
    await page.getByRole('dialog').getByText('As it came').waitFor();
    assert.deepEqual(await violations(page), []);
    await shot('import-row-en');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it('is started, moves by itself, and ends in a report whose odd and refused rows can be looked at and downloaded', async () => {
    const { page } = browser;
    await page.getByRole('button', { name: 'Start the import' }).click();
    await page.getByText('0 rows are read').waitFor();
    assert.deepEqual(await violations(page), []);
    await shot('import-running-en');
    assert.equal(await workImports(test.database.forOperator(operatorId), { clock: systemClock }), 1);
    await page.locator('.page-head').getByText('done').waitFor();
    await page.locator('section[aria-label="Imported sessions"] tbody tr').first().waitFor();
    assert.deepEqual(await violations(page), []);
    await shot('import-report-en-1280');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download refused rows' }).click()]);
    assert.equal(download.suggestedFilename(), 'town-refused.csv');
    const cause = page.locator('.import-tally a').first(), word = await cause.textContent();
    await cause.click();
    await page.waitForURL(/cause=/);
    await page.locator('section[aria-label="Imported sessions"] tbody tr').first().getByText(word!).first().waitFor();
    await page.locator('section[aria-label="Imported sessions"] tbody tr').first().click();
    await page.getByRole('dialog').getByText('Settled elsewhere').waitFor();
    await shot('import-odd-row-en');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  });

  it('a table whose columns say nothing is read by what a person chooses', async () => {
    const { page } = browser;
    await bring('odd-names.csv');
    await page.getByText('No column seems to name the charge point').waitFor();
    assert.deepEqual(await violations(page), []);
    await shot('import-doubts-en');
    const take = async (column: string, field: string): Promise<void> => {
      const box = page.getByLabel(`Take column ${column} as`);
      await box.click();
      await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden)').getByTitle(field, { exact: true }).click();
      await page.getByRole('row').filter({ hasText: column }).getByText('you chose it').waitFor();
    };
    await take('Alpha', 'Charge point');
    await take('Beta', 'Start');
    await take('Gamma', 'End');
    await take('Delta', 'Energy');
    await page.locator('section[aria-label="What an import would find"]').getByText('all 30 rows of the file').waitFor();
    await page.getByText('The unit of energy is guessed').waitFor();
    await page.getByText('comma (1,5)').waitFor();
    await shot('import-chosen-en');
  });

  it('the same file by the same mapping is the import that is there, and is read again by another', async () => {
    const { page } = browser;
    await open(page, at('/session-imports'));
    await page.getByRole('link', { name: 'town.csv' }).click();
    await page.getByRole('button', { name: 'Read it by another mapping' }).click();
    await page.locator('.page-head').getByText('not started').waitFor();
    await page.getByRole('heading', { name: 'What each column is' }).waitFor();
    await open(page, at('/session-imports'));
    assert.equal(await page.locator('tbody tr').count(), 3);
    assert.deepEqual(await violations(page), []);
    await shot('import-list-en');
  });

  it('reads in Chinese, in the dark and on a telephone, and nothing is wider than the screen', async () => {
    const { page } = browser;
    const paths = await page.locator('tbody a').evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
    for (const [language, theme, width] of [['zh', 'light', 1440], ['zh', 'dark', 390], ['en', 'dark', 1280]] as const) {
      await prefer(page, { language, theme });
      await page.setViewportSize({ width, height: 900 });
      for (const [index, path] of ['/session-imports', ...paths].entries()) {
        await open(page, at(path));
        await page.locator('tbody tr').first().waitFor();
        assert.ok(await fitsScreen(), `${path} is wider than ${width} px`);
        assert.deepEqual(await violations(page), [], `${path} ${language} ${theme}`);
        await shot(`import-${index}-${language}-${theme}-${width}`);
      }
    }
    assert.deepEqual(browser.faults, []);
  });
});
