import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeId, ok, type MemberId, type OperatorId } from '../../src/kernel/index.ts';
import { guardBalances } from '../../src/modules/charging/index.ts';
import { createDepartment, findMemberByToken } from '../../src/modules/parties/index.ts';
import { newUuid, systemClock } from '../../src/platform/clock/index.ts';
import type { OperatorDatabase } from '../../src/platform/database/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { open, prefer, violations } from './browser.ts';
import { openSeededConsole, type SeededConsole } from './seeded-console.ts';
import { MEMBERS } from './seeded-world.ts';

const test = await openTestDatabase();
let seeded: SeededConsole, odb: OperatorDatabase, member: string;
const at = (path: string): string => seeded.server.origin + path;
const SHOTS = process.env.KIRCHHOFF_SHOTS;
const shot = async (name: string): Promise<void> => { if (SHOTS) await seeded.browser.page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true }); };
const wide = (): Promise<boolean> => seeded.browser.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
const LOOKS = [['zh', 'light', 1440], ['zh', 'dark', 390], ['en', 'dark', 1280], ['en', 'light', 360]] as const;

async function look(language: 'zh' | 'en', theme: 'light' | 'dark', width: number): Promise<void> {
  await prefer(seeded.browser.page, { language, theme });
  await seeded.browser.page.setViewportSize({ width, height: 900 });
  await seeded.browser.page.reload();
}

describe('charging settings in the console', () => {
  before(async () => {
    seeded = await openSeededConsole(test.database, () => Promise.resolve());
    odb = test.database.forOperator(seeded.world.operatorId as OperatorId);
    member = await odb.transaction(async (tx) => {
      for (const name of ['Line 17', 'Taxi pool']) assert.ok((await createDepartment(tx, { name, parentId: null, paysFromParent: false })).ok);
      const found = await findMemberByToken(tx, MEMBERS[0].token);
      assert.ok(found);
      return encodeId('mem', found.memberId as MemberId);
    });
  });
  after(async () => { await seeded?.browser.close(); await seeded?.server.close(); });

  it('C-08 every setting says what it decides; what cannot hold together is said beside the input and cannot be saved', async () => {
    const { page } = seeded.browser;
    await open(page, at('/charging-settings'));
    await page.getByText('As the program ships').waitFor();
    assert.equal(await page.locator('.setting').count(), 7);
    assert.deepEqual(await violations(page), []);
    await shot('settings-en-1280');
    await page.getByLabel('Least balance to start').fill('60');
    await page.getByText('More than what is held', { exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Put in force' }).isDisabled(), true);
    await page.getByLabel('Least balance to start').fill('some');
    await page.getByText('This is no amount').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole('button', { name: 'Discard' }).click();
    assert.equal(await page.getByRole('button', { name: 'Put in force' }).count(), 0);
  });

  it('C-08 C-20 a change is put in force with a reason, and the version says what was different, who decided it and why', async () => {
    const { page } = seeded.browser;
    await page.getByLabel('Stop when less is left').fill('10');
    await page.getByText('Settle first', { exact: true }).last().click();
    await page.getByLabel('Silence before a session is closed').fill('90');
    await page.getByRole('switch', { name: 'Limited' }).click();
    await page.getByText('Settings that differ: 4').waitFor();
    await shot('settings-changed-en');
    await page.getByRole('button', { name: 'Put in force' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Put version 1 of the settings in force?').waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Put in force' }).isDisabled(), true);
    await dialog.locator('#reason').fill('as the board decided in May');
    assert.deepEqual(await violations(page), []);
    await shot('settings-dialog-en');
    await dialog.getByRole('button', { name: 'Put in force' }).click();
    await page.locator('.versions > li').getByText('Version 1').waitFor();
    assert.deepEqual((await page.locator('.versions .differences li').allTextContents()).map((text) => text.replaceAll(/\s+/g, ' ')),
      ['Stop when less is left: 2.00 CNY → 10.00 CNY', 'Silence before a session is closed: 120 min → 90 min', 'A bill in doubt: Hold → Settle first', 'Sessions of one member at once: No limit → 2']);
    await page.getByText('Why: as the board decided in May').waitFor();
    for (const [language, theme, width] of LOOKS) {
      await look(language, theme, width);
      await page.locator('.versions > li').waitFor();
      assert.equal(await wide(), false, `${language} ${width}`);
      assert.deepEqual(await violations(page), []);
      await shot(`settings-${language}-${theme}-${width}`);
    }
    await look('en', 'light', 1280);
  });

  it('C-20 what is agreed with one member about running out of money is changed on their page, with everything that was agreed before', async () => {
    const { page } = seeded.browser;
    await open(page, at(`/members/${member}`));
    await page.getByText('As everybody: 10.00 CNY').waitFor();
    const dialog = page.getByRole('dialog');
    for (const [threshold, overdraft, reason] of [['99000', '200', 'fleet contract 7'], ['90000', '0', 'renewed for a year']] as const) {
      await page.getByRole('button', { name: 'Change terms' }).click();
      if (!(await dialog.getByLabel('A threshold of their own').isChecked())) await dialog.getByLabel('A threshold of their own').click();
      await dialog.getByLabel('Stop when less is left').fill(threshold);
      await dialog.getByLabel('Overdraft').fill(overdraft);
      await dialog.locator('#reason').fill(reason);
      assert.deepEqual(await violations(page), []);
      await shot('terms-dialog-en');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.waitFor({ state: 'hidden' });
      await page.getByText(reason).waitFor();
    }
    await page.getByText('90,000.00 CNY').waitFor();
    await page.locator('section', { has: page.getByRole('heading', { name: 'When the money runs out' }) }).getByRole('button', { name: 'Versions' }).click();
    await dialog.locator('.versions > li').nth(1).waitFor();
    assert.deepEqual((await dialog.locator('.versions > li').first().locator('.differences li').allTextContents()).map((text) => text.replaceAll(/\s+/g, ' ')), ['Stop when less is left: 99,000.00 CNY → 90,000.00 CNY', 'Overdraft: 200.00 CNY → None']);
    assert.deepEqual(await violations(page), []);
    await shot('terms-history-en');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  it('a member is assigned to a department from a moment on, and the page keeps where they were before', async () => {
    const { page } = seeded.browser;
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Assign', exact: true }).click();
    assert.equal(await dialog.getByRole('button', { name: 'Assign' }).isDisabled(), true, 'nothing is chosen');
    await dialog.getByRole('combobox', { name: 'Department' }).fill('Line');
    await page.locator('.ant-select-item-option').getByText('Line 17').click();
    assert.deepEqual(await violations(page), []);
    await shot('department-dialog-en');
    await dialog.getByRole('button', { name: 'Assign' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.locator('.timeline[aria-label="Department"] li').getByText('Line 17').waitFor();
    for (const [language, theme, width] of LOOKS) {
      await look(language, theme, width);
      await page.locator('.timeline li').getByText('Line 17').waitFor();
      await page.getByText('renewed for a year').waitFor();
      assert.equal(await wide(), false, `${language} ${width}`);
      assert.deepEqual(await violations(page), []);
      await shot(`member-${language}-${theme}-${width}`);
    }
    await look('en', 'light', 1280);
  });

  it('C-20 a stop that the balance guard has asked for stands on the session\'s page, with what it was weighed by', async () => {
    const { page } = seeded.browser;
    assert.ok(await guardBalances(odb, { clock: systemClock, stop: () => Promise.resolve(ok({ commandId: newUuid() })) }) > 0, 'the member has sessions that run');
    const [stopped] = await odb.transaction((tx) => tx.query<{ sessionId: string }>('select session_id as "sessionId" from charging.stop_request limit 1'));
    await open(page, at(`/sessions/${encodeId('chg', stopped!.sessionId as never)}`));
    await page.getByRole('heading', { name: 'Stops asked for by the balance guard' }).waitFor();
    await page.getByText('Money nearly used up: stop asked for, 1×').waitFor();
    await page.getByText('90,000.00').first().waitFor();
    assert.deepEqual(await violations(page), []);
    await shot('session-stops-en');
    await look('zh', 'dark', 390);
    await page.getByRole('heading', { name: '余额不足停充请求' }).waitFor();
    await page.getByText('余额不足：已请求停充 1 次').waitFor();
    assert.deepEqual(await violations(page), []);
    await shot('session-stops-zh-dark-390');
    assert.deepEqual(seeded.browser.faults, []);
  });
});
