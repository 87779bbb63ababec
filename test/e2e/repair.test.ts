import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { REPAIR_SUBJECTS } from '../../src/entrypoints/repair-subjects.ts';
import type { OperatorId } from '../../src/kernel/index.ts';
import { heldSessions } from '../../src/modules/charging/index.ts';
import { syncCases } from '../../src/modules/repair/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { open, prefer, violations } from './browser.ts';
import { openSeededConsole, type SeededConsole } from './seeded-console.ts';

const test = await openTestDatabase();
let seeded: SeededConsole;
const at = (path: string): string => seeded.server.origin + path;
const SHOTS = process.env.KIRCHHOFF_SHOTS;
const shot = async (name: string): Promise<void> => { if (SHOTS) await seeded.browser.page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true }); };

describe('abnormal bills in the console', () => {
  before(async () => {
    seeded = await openSeededConsole(test.database, () => Promise.resolve());
    await test.database.forOperator(seeded.world.operatorId as OperatorId).transaction(async (tx) => {
      const held = await heldSessions(tx, { after: null, countMax: 100 });
      assert.ok(held.length > 0, 'the seeded world has bills in doubt');
      await syncCases(tx, REPAIR_SUBJECTS.get('charging_bill')!, held, { clock: systemClock });
    });
  });
  after(async () => { await seeded?.browser.close(); await seeded?.server.close(); });

  it('the inbox says how many bills are in doubt, why, and what is proposed for each, in both languages and on a phone', async () => {
    const { page } = seeded.browser;
    await open(page, at('/abnormal-bills'));
    await page.locator('table.data tbody tr').first().waitFor();
    await page.getByRole('heading', { name: 'What they have in common' }).waitFor();
    await shot('inbox-en');
    assert.deepEqual(await violations(page), []);
    await prefer(page, { language: 'zh', theme: 'dark' });
    await page.setViewportSize({ width: 360, height: 780 });
    await open(page, at('/abnormal-bills'));
    await page.locator('table.data tbody tr').first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    assert.deepEqual(await violations(page), []);
    await shot('inbox-zh-dark-360');
    await prefer(page, { language: 'en', theme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('C-10 C-25 one case shows the candidates side by side; the accepted one becomes the bill with its reason, and is put back with another', async () => {
    const { page } = seeded.browser;
    await open(page, at('/abnormal-bills?state=proposed'));
    await page.locator('table.data tbody a.cell-main').first().click();
    await page.getByRole('heading', { name: 'What may be true' }).waitFor();
    await page.locator('.attempt').first().waitFor();
    await page.locator('canvas').first().waitFor();
    await shot('case-en');
    assert.deepEqual(await violations(page), []);
    await page.locator('.attempt.applied').getByRole('button', { name: 'Accept' }).click();
    await page.locator('#reason').fill('the register proves it');
    await page.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('heading', { name: 'The correction' }).waitFor();
    await page.getByText('the register proves it').first().waitFor();
    await shot('case-applied-en');
    await page.getByRole('button', { name: 'Put back' }).click();
    await page.locator('#reason').fill('asked the station again');
    await page.getByRole('dialog').getByRole('button', { name: 'Put back' }).click();
    await page.getByRole('heading', { name: 'What may be true' }).waitFor();
    await page.getByText('asked the station again').first().waitFor();
    await prefer(page, { language: 'zh' });
    await page.reload();
    await page.getByRole('heading', { name: '可能的真实电量' }).waitFor();
    await shot('case-zh');
    assert.deepEqual(seeded.browser.faults, []);
  });
});
