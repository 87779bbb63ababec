import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { REPAIR_SUBJECTS } from '../../src/entrypoints/repair-subjects.ts';
import { encodeId, type OperatorId } from '../../src/kernel/index.ts';
import { heldSessions } from '../../src/modules/charging/index.ts';
import { syncCases } from '../../src/modules/repair/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { open, prefer, violations as found } from './browser.ts';
import { openSeededConsole, type SeededConsole } from './seeded-console.ts';

const test = await openTestDatabase();
const NOBODY = '20191112001934329341', CAUSE = 'The register was reset';
let seeded: SeededConsole, numbers: string[] = [];
const at = (path: string): string => seeded.server.origin + path;
const violations = async (): Promise<string[]> => { await seeded.browser.page.mouse.move(0, 0); return found(seeded.browser.page); };
const SHOTS = process.env.KIRCHHOFF_SHOTS;
const shot = async (name: string): Promise<void> => { if (SHOTS) await seeded.browser.page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true }); };

async function openOne(title: string, finding: string, pasted: string): Promise<void> {
  const { page } = seeded.browser;
  await open(page, at('/support-cases/new'));
  await page.getByLabel('What is it about?').fill(title);
  await page.getByLabel('First finding').fill(finding);
  await page.locator('#case-pasted').fill(pasted);
  await page.locator('#case-cause').click();
  await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').first().click();
}

describe('support cases in the console', () => {
  before(async () => {
    seeded = await openSeededConsole(test.database, () => Promise.resolve());
    await test.database.forOperator(seeded.world.operatorId as OperatorId).transaction(async (tx) => {
      const held = await heldSessions(tx, { after: null, countMax: 20 });
      await syncCases(tx, REPAIR_SUBJECTS.get('charging_bill')!, held, { clock: systemClock });
      numbers = held.map((sessionId) => encodeId('chg', sessionId));
    });
    assert.ok(numbers.length > 0, `a session is held: ${CAUSE}`);
  });
  after(async () => { await seeded?.browser.close(); await seeded?.server.close(); });

  it('C-27 a pasted list is resolved while it is typed, with the numbers that nobody knows named, and the case opens with its bills', async () => {
    const { page } = seeded.browser;
    await open(page, at('/support-cases'));
    await page.getByText('No case was opened yet').waitFor();
    assert.deepEqual(await violations(), []);
    await page.getByRole('button', { name: 'Open a case' }).click();
    await openOne('Bills lost at the east gate', 'the meter says nothing', `${numbers.join('，')} VC-RP-01 ${NOBODY}`);
    await page.getByText(`${numbers.length + 1} found`).waitFor();
    await page.getByText('1 that nobody knows').waitFor();
    await page.locator('.case-found code').getByText(NOBODY).waitFor();
    assert.deepEqual(await violations(), []);
    await shot('case-new-en');
    await page.getByRole('button', { name: 'Open the case' }).click();
    await page.getByRole('heading', { name: 'Bills lost at the east gate' }).waitFor();
    await page.getByText(`known to nobody: ${NOBODY}`).waitFor();
    const bills = page.locator('section[aria-label="Bills"]');
    await bills.locator('tbody tr').first().waitFor();
    assert.equal(await bills.locator('tbody tr').count(), numbers.length);
    await bills.locator('a[href^="/abnormal-bills/"]').first().waitFor();
    assert.deepEqual(await violations(), []);
    await shot('case-page-en');
    const [session, repair] = [await bills.locator('a[href^="/sessions/"]').first().getAttribute('href'), await bills.locator('a[href^="/abnormal-bills/"]').first().getAttribute('href')];
    assert.ok(session && repair);
  });

  it('C-27 it is taken, commented, observed, and its answer kept; the next case of the kind is shown that answer', async () => {
    const { page } = seeded.browser;
    await page.getByRole('button', { name: 'Take it' }).click();
    await page.locator('.figures').getByText('王小明').waitFor();
    await page.getByLabel('Say something; numbers in it are linked').fill('the maker looks at VC-RP-02');
    await page.getByRole('button', { name: 'Comment' }).click();
    await page.locator('section[aria-label="What happened"]').getByText('the maker looks at VC-RP-02').waitFor();
    await page.locator('.case-found').getByText('VC-RP-02').waitFor();
    await page.getByRole('button', { name: 'Observe' }).click();
    await page.getByRole('dialog').getByText('opens again by itself').waitFor();
    assert.deepEqual(await violations(), []);
    await shot('case-observe-en');
    await page.getByRole('dialog').getByRole('button', { name: 'Observe' }).click();
    await page.locator('.page-head').getByText(/observing until/).waitFor();
    await page.getByRole('button', { name: 'Keep an answer' }).click();
    await page.getByRole('dialog').locator('#reason').fill('replace the meter board');
    await page.getByRole('dialog').getByRole('button', { name: 'Keep an answer' }).click();
    await page.getByRole('heading', { name: 'Known answer' }).waitFor();
    await openOne('Another one at the gate', 'same as case 1', numbers[0]!);
    await page.getByRole('button', { name: 'Open the case' }).click();
    await page.locator('section[aria-label="Cases like it"]').getByText('Known answer: replace the meter board').waitFor();
    assert.deepEqual(await violations(), []);
    await shot('case-similar-en');
    await page.getByRole('button', { name: 'Resolve' }).click();
    await page.getByRole('dialog').locator('#reason').fill('board replaced');
    await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
    await page.locator('.page-head').getByText('resolved').waitFor();
  });

  it('C-27 the list counts by state and is filtered; it reads in Chinese, in the dark and on a telephone', async () => {
    const { page } = seeded.browser;
    await open(page, at('/support-cases?state=observing'));
    await page.getByRole('link', { name: '#1 Bills lost at the east gate' }).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 1);
    await open(page, at('/support-cases'));
    await page.locator('tbody tr').nth(1).waitFor();
    const one = await page.locator('tbody a').nth(1).getAttribute('href');
    for (const [language, theme, width] of [['zh', 'light', 1440], ['zh', 'dark', 390], ['en', 'dark', 1280]] as const) {
      await prefer(page, { language, theme });
      await page.setViewportSize({ width, height: 900 });
      for (const [name, path] of [['list', '/support-cases'], ['page', one!], ['new', '/support-cases/new']] as const) {
        await open(page, at(path));
        if (name !== 'new') await page.locator('tbody tr').first().waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${path} is wider than ${width} px`);
        assert.deepEqual(await violations(), [], `${path} ${language} ${theme}`);
        await shot(`case-${name}-${language}-${theme}-${width}`);
      }
    }
    assert.deepEqual(seeded.browser.faults, []);
  });
});
