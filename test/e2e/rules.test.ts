import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addMs, MS_PER_MINUTE, type OperatorId } from '../../src/kernel/index.ts';
import { createUser } from '../../src/modules/access/index.ts';
import { applyFacts, workBacktest } from '../../src/modules/charging/index.ts';
import { speaker } from '../../src/modules/charging/world.fixture.ts';
import { createChargePoint } from '../../src/modules/locations/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import type { OperatorDatabase } from '../../src/platform/database/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { logIn, open, prefer, violations } from './browser.ts';
import { openSeededConsole, type SeededConsole } from './seeded-console.ts';
import { MEMBERS } from './seeded-world.ts';

const test = await openTestDatabase();
const READER = { logInName: 'reader', password: 'correct horse battery' };
let seeded: SeededConsole, odb: OperatorDatabase;
const at = (path: string): string => seeded.server.origin + path;
const SHOTS = process.env.KIRCHHOFF_SHOTS;
const shot = async (name: string): Promise<void> => { if (SHOTS) await seeded.browser.page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true }); };
const wide = async (): Promise<boolean> => seeded.browser.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

/** Two sessions of one connector that share five minutes: held by the rules in force, not by others. */
async function chargeTwiceAtOnce(stationId: SeededConsole['world']['stations'][number]['stationId']): Promise<void> {
  const minute = (minutes: number) => addMs(systemClock.now(), (minutes - 6 * 60) * MS_PER_MINUTE);
  await odb.transaction(async (tx) => {
    const chargePointId = await createChargePoint(tx, { stationId, identity: 'VC-RP-88', passwordHash: null, maxPowerW: 120_000n, connectors: [1].map((evseNumber) => ({ evseNumber, maxPowerW: 60_000n })) });
    const say = speaker(chargePointId, 1);
    let frame = 8_800_000;
    for (const [ref, from, register] of [['v201:one', 0, 500_000n], ['v201:two', 25, 510_000n]] as const) {
      let seqNo = 0;
      const own = () => ({ frameSequence: BigInt(frame++), seqNo: seqNo++ });
      await applyFacts(tx, [say.started(minute(from), ref, register, MEMBERS[4].token, own()), say.read(minute(from + 15), ref, register + 5_000n, own()), say.ended(minute(from + 30), ref, register + 10_000n, own())], { clock: systemClock });
    }
  });
}

describe('rules for abnormal bills in the console', () => {
  before(async () => {
    seeded = await openSeededConsole(test.database, () => Promise.resolve());
    odb = test.database.forOperator(seeded.world.operatorId as OperatorId);
    await chargeTwiceAtOnce(seeded.world.stations[0]!.stationId);
    await odb.transaction(async (tx) => assert.ok((await createUser(tx, { ...READER, displayName: 'Lu Min', roles: [{ role: 'operations' }] }, { clock: systemClock })).ok));
  });
  after(async () => { await seeded?.browser.close(); await seeded?.server.close(); });

  it('every threshold says what it decides, its unit, its limits and its default', async () => {
    const { page } = seeded.browser;
    await open(page, at('/anomaly-rules'));
    await page.getByRole('heading', { name: 'How much energy is possible' }).waitFor();
    await page.getByText('As the program ships').waitFor();
    assert.equal(await page.locator('.setting').count(), 16);
    await page.getByText('1 h to 72 h; default 48 h').waitFor();
    await page.getByText('10 min to 720 h; default 24 h').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Publish' }).count(), 0, 'nothing is changed, nothing can be published');
    assert.deepEqual(await violations(page), []);
    await shot('rules-en-1280');
  });

  it('a change is tried on past bills first, with its progress; then the bills, the picture and the table say what it would have done', async () => {
    const { page } = seeded.browser;
    await page.getByLabel('Longest session').fill('1');
    await page.getByLabel('Overlap that is allowed').fill('30');
    await page.getByLabel('Overlap that is allowed').blur();
    await page.getByText('in force: 48 h').waitFor();
    const bar = page.getByRole('region', { name: 'Changes that are not in force' });
    await bar.getByText('Thresholds that differ: 2').waitFor();
    assert.equal(await bar.getByRole('button', { name: 'Publish' }).count(), 0, 'not before it was tried');
    assert.deepEqual(await violations(page), []);
    await shot('rules-changed-en');
    await bar.getByRole('button', { name: 'Try on past bills' }).click();
    await page.getByText('Begins within a minute').waitFor();
    assert.equal(await bar.getByRole('button', { name: 'Publish' }).isDisabled(), true);
    await shot('rules-waiting-en');
    await workBacktest(odb, { clock: systemClock });
    await page.getByRole('heading', { name: 'Bills that would come out differently' }).waitFor();
    await page.locator('.compare li').first().waitFor();
    await page.locator('section', { has: page.getByRole('heading', { name: 'Bills that would come out differently' }) }).locator('tbody tr').first().waitFor();
    await page.mouse.move(0, 0);
    assert.deepEqual(await violations(page), []);
    await shot('rules-tried-en');
    await page.getByRole('button', { name: 'More bills' }).click();
    await page.waitForFunction(() => document.querySelectorAll('table.data tbody a.cell-main').length > 10);
    await page.getByText(/^No longer [1-9]/).first().click();
    const rows = page.locator('section', { has: page.getByRole('heading', { name: 'Bills that would come out differently' }) }).locator('tbody tr');
    await page.waitForFunction(() => [...document.querySelectorAll('.state.good')].some((each) => each.textContent?.startsWith('no longer: ')));
    assert.equal(await rows.count(), 1);
    await page.getByRole('button', { name: 'As a table' }).click();
    await page.getByRole('columnheader', { name: 'Gain it' }).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.reload();
    await page.getByText('Tried on past bills; nothing has changed yet.').waitFor();
  });

  it('the page is as clear in Chinese, in the dark and on a phone', async () => {
    const { page } = seeded.browser;
    for (const [language, theme, width] of [['zh', 'light', 1440], ['zh', 'dark', 390], ['en', 'dark', 1280], ['en', 'light', 360]] as const) {
      await prefer(page, { language, theme });
      await page.setViewportSize({ width, height: 900 });
      await page.reload();
      await page.getByRole('heading', { name: language === 'zh' ? '结果会不同的账单' : 'Bills that would come out differently' }).waitFor();
      await page.locator('.compare li').first().waitFor();
      await page.locator('table.data tbody tr').nth(3).waitFor();
      assert.equal(await wide(), false, `${language} ${width}`);
      assert.deepEqual(await violations(page), []);
      await shot(`rules-tried-${language}-${theme}-${width}`);
    }
    await prefer(page, { language: 'en', theme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.reload();
  });

  it('a named bill is one click away, and the way back keeps the back-test', async () => {
    const { page } = seeded.browser;
    await page.locator('section', { has: page.getByRole('heading', { name: 'Bills that would come out differently' }) }).locator('tbody a.cell-main').first().click();
    await page.waitForURL(/\/sessions\/chg_/);
    await page.goBack();
    await page.getByText('Tried on past bills; nothing has changed yet.').waitFor();
  });

  it('what was tried is published with a reason; the version stands in the history with its differences, and can be taken back as another', async () => {
    const { page } = seeded.browser;
    await page.getByRole('button', { name: 'Publish' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Publish version 1 of the rules?').waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Publish' }).isDisabled(), true, 'a version has a reason');
    await dialog.locator('#reason').fill('taxis never stay longer here');
    assert.deepEqual(await violations(page), []);
    await shot('rules-publish-en');
    await dialog.getByRole('button', { name: 'Publish' }).click();
    await page.locator('.versions > li').getByText('Version 1').waitFor();
    await page.locator('.versions').getByText('Why: taxis never stay longer here').waitFor();
    assert.deepEqual((await page.locator('.versions .differences li').allTextContents()).map((text) => text.replaceAll(/\s+/g, ' ')), ['Longest session: 48 h → 1 h', 'Overlap that is allowed: 1 min → 30 min']);
    await page.getByText('These thresholds are in force now.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Publish' }).count(), 0);
    assert.deepEqual(await violations(page), []);
    await shot('rules-published-en');
    await page.getByLabel('Longest session').fill('24');
    await page.getByLabel('Longest session').blur();
    await page.getByRole('button', { name: 'Try on past bills' }).click();
    await page.getByText('Begins within a minute').waitFor();
    await workBacktest(odb, { clock: systemClock });
    await page.getByRole('button', { name: 'Publish' }).click();
    await dialog.locator('#reason').fill('too strict');
    await dialog.getByRole('button', { name: 'Publish' }).click();
    await page.locator('.versions > li').getByText('Version 2').waitFor();
    await page.locator('.versions > li', { hasText: 'Version 1' }).getByRole('button', { name: 'Take these thresholds again' }).click();
    await page.getByRole('region', { name: 'Changes that are not in force' }).getByText('Thresholds that differ: 1').waitFor();
    await shot('rules-history-en');
    await page.getByRole('button', { name: 'Discard' }).click();
    assert.deepEqual(seeded.browser.faults, []);
  });

  it('who may only read sees figures, no inputs, and the back-tests that were asked for', async () => {
    const { page, context } = seeded.browser;
    await context.clearCookies();
    await logIn(page, seeded.server.origin, READER);
    await open(page, at('/anomaly-rules'));
    await page.getByRole('heading', { name: 'Clocks' }).waitFor();
    assert.equal(await page.locator('.setting input').count(), 0);
    await page.locator('section[aria-label="Back-tests"] tbody tr').nth(1).waitFor();
    await page.locator('section[aria-label="Back-tests"] tbody a.cell-main').last().click();
    await page.getByRole('heading', { name: 'Bills that would come out differently' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Publish' }).count(), 0);
    assert.deepEqual(await violations(page), []);
    await shot('rules-reader-en');
    assert.deepEqual(seeded.browser.faults, []);
  });
});
