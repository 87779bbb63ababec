import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeId } from '../../src/kernel/index.ts';
import { writeExports } from '../../src/modules/reporting/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { silentLogger } from '../../src/platform/logging/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { logIn, open, openBrowser, prefer, violations as found, type Browser } from './browser.ts';
import { dayBack, LAST_MONTH, openReportsDesk, VANS, type ReportsDesk } from './reports-desk.ts';

const test = await openTestDatabase();
let desk: ReportsDesk | undefined;
let browser: Browser;
const violations = async (page: Browser['page']): Promise<string[]> => { await page.mouse.move(0, 0); return found(page); };
const at = (path: string): string => desk!.origin + path;

describe('reports in the console', () => {
  before(async () => { desk = await openReportsDesk(test.database); browser = await openBrowser(); await logIn(browser.page, desk.origin); });
  after(async () => { await browser?.close(); await desk?.close(); });

  it('C-12 a report says what is held and what that proposes apart from its total, and a row of held bills is no row of zeros', async () => {
    const { page } = browser;
    await open(page, at(`/reports/${LAST_MONTH}?by=fleet`));
    await page.getByText('They charge nothing yet and are not in the total').waitFor();
    await page.getByText('An abnormal bill charges nothing until somebody has reviewed it.').waitFor();
    await page.locator('.many').getByText('Day', { exact: true }).click();
    const held = page.locator('table.data tr', { hasText: `${LAST_MONTH}-29` });
    await held.getByText(/1 held, propose/).waitFor();
    assert.doesNotMatch(await held.innerText(), /\b0\.000\b/);
    await page.getByRole('link', { name: 'Show the bills' }).click();
    await page.getByRole('link', { name: 'The register was reset' }).waitFor();
    assert.deepEqual(await violations(page), []);
  });

  it('narrows to a station by its row, and the address says so', async () => {
    const { page } = browser;
    await open(page, at(`/reports/${LAST_MONTH}?by=station`));
    await page.getByRole('link', { name: '滨江公园 Riverside Park' }).click();
    await page.getByText('a part of it, as filtered').waitFor();
    assert.match(page.url(), /stationId=sta_/);
    await page.getByRole('region', { name: 'Start mode' }).getByText('Card').waitFor();
  });

  it('C-07 yesterday is published with a confirmation that says what is frozen; what comes later to a published month shows as a difference with its reason, live', async () => {
    const { page } = browser;
    const yesterday = dayBack(1);
    await open(page, at(`/reports/${yesterday}`));
    await page.getByRole('button', { name: 'Publish' }).click();
    const dialog = page.getByRole('dialog', { name: `Publish ${yesterday} for good?` });
    await dialog.getByText('never change again').waitFor();
    assert.deepEqual(await violations(page), []);
    await dialog.getByRole('button', { name: 'Publish' }).click();
    await page.getByRole('heading', { name: 'Published, and frozen' }).waitFor();
    assert.match(await page.locator('.facts code').innerText(), /^[0-9a-f]{64}$/);
    await open(page, at(`/reports/${LAST_MONTH}?by=adjustments`));
    await page.getByText('No difference').waitFor();
    await desk!.lateReading();
    await page.getByText('Later adjustments').waitFor();
    await page.getByRole('link', { name: 'later messages changed it' }).first().waitFor();
    await page.locator('table.data').getByText('Taken back').first().waitFor();
  });

  it('a file is asked for in Chinese, is made by a job while the page shows it, and is downloaded', async () => {
    const { page } = browser;
    await open(page, at(`/reports/${LAST_MONTH}`));
    await page.getByRole('button', { name: 'Export' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('CSV', { exact: true }).click();
    await dialog.getByText('中文', { exact: true }).click();
    await dialog.getByRole('button', { name: 'Make it' }).click();
    const row = page.locator('table.data tr', { hasText: `report_${LAST_MONTH}.csv` });
    await row.getByText('Waiting').waitFor();
    await writeExports(desk!.odb, { clock: systemClock, logger: silentLogger } as Parameters<typeof writeExports>[1]);
    await row.getByText('Ready').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('link', { name: /^Download/ }).click()]);
    assert.equal(download.suggestedFilename(), `report_${LAST_MONTH}.csv`);
    assert.deepEqual(await violations(page), []);
  });

  it('C-21 a statement counts down, names the bills that stand against closing it, and closes all the same with a reason that it keeps', async () => {
    const { page } = browser;
    await open(page, at(`/statements/${encodeId('sst', desk!.statementId)}`));
    await page.getByText('Open abnormal bills stand against closing: 1').waitFor();
    await page.getByText('Closes in 3 days').first().waitFor();
    assert.match(String(await page.getByRole('link', { name: 'The register was reset' }).getAttribute('href')), /^\/sessions\/chg_/);
    assert.equal(await page.getByRole('button', { name: 'Close', exact: true }).count(), 0);
    await page.getByRole('button', { name: 'Close all the same' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('#reason').fill('agreed with the customer');
    assert.deepEqual(await violations(page), []);
    await dialog.getByRole('button', { name: 'Close all the same' }).click();
    await page.getByText('Closed by waiver', { exact: true }).waitFor();
    await page.getByText('agreed with the customer').waitFor();
    await page.getByRole('heading', { name: 'Bills that were open when it was closed' }).waitFor();
  });

  it('a statement with nothing against it is drafted, given its day, and closed', async () => {
    const { page } = browser;
    await open(page, at('/statements'));
    await page.getByRole('button', { name: 'New statement' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Sub-operator', { exact: true }).click();
    await dialog.getByLabel('Whose').click();
    await page.locator('.ant-select-dropdown').getByText('东站新能源 East Rail Energy').click();
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByText('A draft, with nothing against closing it').waitFor();
    await page.getByRole('button', { name: 'Begin to close' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Set the day' }).click();
    await page.getByText('Closes in 7 days').first().waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByRole('heading', { name: 'How it was closed' }).waitFor();
    assert.deepEqual(await violations(page), []);
  });

  it('vehicles are pasted out of a spreadsheet, each row says what became of it, and one is assigned from a day on', async () => {
    const { page } = browser;
    await open(page, at('/fleets'));
    await page.getByText(VANS[0].vin).waitFor();
    await page.getByRole('button', { name: 'Paste rows' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Rows', { exact: true }).first().fill(`VIN\tplate\tfleet\nLGXCE6CD0MA129999\t浙A·D19999\t夜配车队 Night vans\n${VANS[0].vin}\t浙A·D18888`);
    await dialog.getByRole('button', { name: 'Register 2 vehicles' }).click();
    await dialog.getByText('Registered', { exact: true }).waitFor();
    await dialog.locator('.state.bad').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('link', { name: '浙AD19999' }).click();
    await page.getByRole('heading', { name: 'Of which fleet, and when' }).waitFor();
    await page.getByRole('button', { name: 'Assign to a fleet' }).click();
    const assign = page.getByRole('dialog');
    await assign.locator('.ant-select-clear').click({ force: true });
    await assign.getByRole('button', { name: 'Assign to a fleet' }).click();
    await page.locator('.timeline').getByText('no fleet').waitFor();
    assert.deepEqual(await violations(page), []);
  });

  it('every page stands in Chinese, in the dark and on a telephone without scrolling sideways', async () => {
    const { page, faults } = browser;
    await prefer(page, { language: 'zh', theme: 'dark' });
    await page.setViewportSize({ width: 360, height: 780 });
    for (const path of ['/reports', `/reports/${LAST_MONTH}`, `/reports/${LAST_MONTH}?by=review`, '/reports?tab=files', '/statements', `/statements/${encodeId('sst', desk!.statementId)}`, '/fleets', '/fleets?tab=departments']) {
      await open(page, at(path));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
      assert.deepEqual(await violations(page), [], path);
    }
    assert.deepEqual(faults, []);
  });
});
