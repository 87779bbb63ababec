import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { REPAIR_SUBJECTS } from '../../src/entrypoints/repair-subjects.ts';
import { addMs, MS_PER_DAY, MS_PER_MINUTE, type OperatorId } from '../../src/kernel/index.ts';
import { createUser } from '../../src/modules/access/index.ts';
import { applyFacts, heldSessions } from '../../src/modules/charging/index.ts';
import { speaker } from '../../src/modules/charging/world.fixture.ts';
import { bindStation, createChargePoint, recordBoots } from '../../src/modules/locations/index.ts';
import { createSubOperator } from '../../src/modules/parties/index.ts';
import { BULK_PAGE, syncCases, workBulk } from '../../src/modules/repair/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import type { OperatorDatabase } from '../../src/platform/database/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { logIn, open, prefer, violations as violationsNow } from './browser.ts';
import { openSeededConsole, type SeededConsole } from './seeded-console.ts';
import { MEMBERS } from './seeded-world.ts';

const test = await openTestDatabase();
const BILLS = BULK_PAGE + 4, CAUSE = 'The register said 0 before it knew its value';
const PARTNER = { logInName: 'partner', password: 'correct horse battery' };
let seeded: SeededConsole, odb: OperatorDatabase;
const at = (path: string): string => seeded.server.origin + path;
const SHOTS = process.env.KIRCHHOFF_SHOTS;
const shot = async (name: string): Promise<void> => { if (SHOTS) await seeded.browser.page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true }); };
const work = (pagesMax?: number): Promise<number> => workBulk(odb, { subjects: REPAIR_SUBJECTS, clock: systemClock, ...(pagesMax === undefined ? {} : { pagesMax }) });

/** A button under the mouse has the colours of a moment. */
const violations = async (page: Page): Promise<string[]> => { await page.mouse.move(0, 0); return violationsNow(page); };

/** A charge point whose firmware says register 0 at every start: one cause, one maker, enough for two pages of a run. */
async function chargeFalsely(stationId: SeededConsole['world']['stations'][number]['stationId']): Promise<void> {
  const now = systemClock.now();
  await odb.transaction(async (tx) => {
    const chargePointId = await createChargePoint(tx, { stationId, identity: 'VC-RP-99', passwordHash: null, maxPowerW: 120_000n, connectors: [1, 2].map((evseNumber) => ({ evseNumber, maxPowerW: 60_000n })) });
    await recordBoots(tx, [{ chargePointId, vendor: 'Volta Nova', model: 'Nova 120', serial: null, firmware: '3.0.1', at: addMs(now, -MS_PER_DAY) } as never]);
    for (let number = 0; number < BILLS; number++) {
      const evse = (number % 2) + 1, say = speaker(chargePointId, evse), round = Math.floor(number / 2), ref = `v201:false-${number}`;
      const minute = (minutes: number) => addMs(now, (round * 70 + minutes - 20 * 60) * MS_PER_MINUTE), register = 1_000_000n + BigInt(round) * 14_000n;
      let seqNo = 0;
      const own = () => ({ frameSequence: BigInt(9_000_000 + number * 10 + seqNo), seqNo: seqNo++ });
      await applyFacts(tx, [
        say.started(minute(0), ref, 0n, MEMBERS[number % MEMBERS.length]!.token, own()), say.read(minute(2), ref, register + 900n, own()), say.read(minute(15), ref, register + 7_300n + BigInt(number * 11), own()),
        say.ended(minute(30), ref, register + 14_000n, own()),
      ], { clock: systemClock });
    }
  });
}

describe('bulk repair and its policy in the console', () => {
  before(async () => {
    seeded = await openSeededConsole(test.database, () => Promise.resolve());
    odb = test.database.forOperator(seeded.world.operatorId as OperatorId);
    await chargeFalsely(seeded.world.stations[0]!.stationId);
    await odb.transaction(async (tx) => {
      await syncCases(tx, REPAIR_SUBJECTS.get('charging_bill')!, await heldSessions(tx, { after: null, countMax: 200 }), { clock: systemClock });
      const part = await createSubOperator(tx, { name: 'North Energy' });
      assert.ok(part.ok);
      assert.ok((await bindStation(tx, { stationId: seeded.world.stations[0]!.stationId, subOperatorId: part.value, validFrom: addMs(systemClock.now(), -30 * MS_PER_DAY) })).ok);
      assert.ok((await createUser(tx, { ...PARTNER, displayName: 'Lu Min', roles: [{ role: 'clerk', subOperatorId: part.value }] }, { clock: systemClock })).ok);
    });
  });
  after(async () => { await seeded?.browser.close(); await seeded?.server.close(); });

  it('the inbox fits a laptop in both languages: nothing of the table is cut off', async () => {
    const { page } = seeded.browser;
    for (const language of ['zh', 'en'] as const) {
      await prefer(page, { language });
      await open(page, at('/abnormal-bills'));
      await page.locator('table.data tbody tr').nth(3).waitFor();
      await shot(`inbox-1280-${language}`);
      const [inside, there] = await page.locator('.table-wrap').first().evaluate((wrap) => [wrap.scrollWidth, wrap.clientWidth] as const);
      assert.ok(inside <= there, `${language}: ${inside} px in ${there} px`);
    }
  });

  it('C-05 a group is chosen, previewed with what would change, started, paused and goes on, with the bar moving by itself', async () => {
    const { page } = seeded.browser;
    await page.getByRole('button', { name: 'Bulk repair' }).click();
    await page.getByRole('heading', { name: 'Bills with a proposal' }).waitFor();
    await page.getByText(CAUSE).first().waitFor();
    assert.deepEqual(await violations(page), []);
    await shot('bulk-groups-en');
    await page.getByText('Maker', { exact: true }).click();
    await page.getByText('Volta Nova').first().waitFor();
    await page.getByRole('button', { name: 'Preview: Volta Nova' }).click();
    await page.getByRole('dialog').locator('#reason').fill('firmware 3.0.1 says 0 before each start');
    assert.deepEqual(await violations(page), []);
    await shot('bulk-preview-dialog-en');
    await page.getByRole('dialog').getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('heading', { name: 'Volta Nova' }).waitFor();
    await page.getByText('Previewed, not started').waitFor();
    await page.locator('section[aria-label="Bill by bill"] td').getByText('13.100').first().waitFor();
    assert.equal(await work(), 0, 'a preview does nothing');
    assert.deepEqual(await violations(page), []);
    await shot('bulk-previewed-en');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('dialog').getByText(`Repair ${BILLS} bills?`).waitFor();
    await shot('bulk-start-dialog-en');
    await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
    await page.getByText('Running', { exact: true }).waitFor();
    assert.equal(await work(1), BULK_PAGE);
    await page.getByText(`${BULK_PAGE} of ${BILLS} bills`).waitFor();
    await shot('bulk-running-en');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    assert.equal(await work(), 0, 'a paused run waits');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Running', { exact: true }).waitFor();
  });

  it('C-05 a run that was interrupted says since when, and goes on; its report says what became of every bill', async () => {
    const { page } = seeded.browser;
    // As if the process that worked it had died ten minutes ago.
    await odb.transaction(async (tx) => {
      await tx.execute(`update repair.bulk_run set started_at = started_at - interval '10 minutes' where operator_id = $1`, [tx.operatorIds[0]]);
      await tx.execute(`update repair.bulk_item set worked_at = worked_at - interval '10 minutes' where operator_id = $1`, [tx.operatorIds[0]]);
    });
    await page.reload();
    await page.getByText('Nothing has moved since').waitFor();
    await shot('bulk-interrupted-en');
    assert.deepEqual(await violations(page), []);
    await page.getByRole('button', { name: 'Go on' }).click();
    assert.equal(await work(), BILLS - BULK_PAGE);
    await page.getByText(`All ${BILLS} bills are repaired`).waitFor();
    await page.locator('table.data tbody tr').getByText('Repaired').first().waitFor();
    assert.deepEqual(await violations(page), []);
    await shot('bulk-done-en');
    await prefer(page, { language: 'zh', theme: 'dark' });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.reload();
    await page.getByText(`${BILLS} 笔账单已全部更正`).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    assert.deepEqual(await violations(page), []);
    await shot('bulk-done-zh-dark-390');
    await prefer(page, { language: 'en', theme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.reload();
  });

  it('C-06 a run is put back by one act, which is previewed like any other, and both stand in the list of runs', async () => {
    const { page } = seeded.browser;
    await page.getByRole('button', { name: 'Put this run back' }).click();
    await page.locator('#reason').fill('the maker has withdrawn what it said');
    await page.getByRole('dialog').getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('heading', { name: 'Putting back: Volta Nova' }).waitFor();
    await page.getByText('Previewed, not started').waitFor();
    await shot('bulk-revert-previewed-en');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('dialog').getByText(`Put ${BILLS} repairs back?`).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
    await page.getByText('Running', { exact: true }).waitFor();
    assert.equal(await work(), BILLS);
    await page.getByText(`${BILLS} of ${BILLS} repairs are put back`).waitFor();
    assert.deepEqual(await violations(page), []);
    await shot('bulk-reverted-en');
    await open(page, at('/bulk-repairs'));
    await page.locator('section[aria-label="Runs"] tbody tr').nth(1).waitFor();
    await page.getByText('Put back by a later run').waitFor();
    await shot('bulk-runs-en');
    for (const [language, theme, width] of [['zh', 'light', 1440], ['zh', 'dark', 390]] as const) {
      await prefer(page, { language, theme });
      await page.setViewportSize({ width, height: 900 });
      await open(page, at('/bulk-repairs'));
      await page.locator('section[aria-label="批量任务"] tbody tr').nth(1).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
      assert.deepEqual(await violations(page), []);
      await shot(`bulk-runs-${language}-${theme}-${width}`);
    }
    await prefer(page, { language: 'en', theme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('C-05 the policy is off as shipped; a change says what it would repair now, needs a reason, and every version is kept', async () => {
    const { page } = seeded.browser;
    await open(page, at('/abnormal-bills'));
    await page.getByRole('button', { name: 'Automatic repair' }).click();
    await page.getByRole('heading', { name: 'Causes that are repaired' }).waitFor();
    await page.getByText('Off', { exact: true }).waitFor();
    await page.getByText('as the program ships').waitFor();
    assert.deepEqual(await violations(page), []);
    await shot('policy-off-en');
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Add a cause' }).fill('said 0');
    await page.locator('.ant-select-item-option').getByText(CAUSE).click();
    await dialog.getByLabel(`${CAUSE}: At most`, { exact: true }).fill('80');
    await dialog.getByText(/would be repaired: /).waitFor();
    await dialog.getByRole('switch').click();
    await dialog.getByLabel('Bulk runs need two persons above').fill('1');
    assert.equal(await dialog.getByRole('button', { name: 'Save' }).isDisabled(), true, 'a change has a reason');
    await dialog.locator('#reason').fill('the registers prove these');
    assert.deepEqual(await violations(page), []);
    await shot('policy-dialog-en');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('version 1', { exact: true }).waitFor();
    await page.getByText('the registers prove these').waitFor();
    await page.getByRole('button', { name: 'Change the threshold' }).click();
    await dialog.getByLabel('Difference in money').fill('250');
    await dialog.locator('#reason').fill('as the board decided');
    await shot('policy-four-eyes-en');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('250.00 CNY').waitFor();
    await shot('policy-on-en');
    for (const [language, theme, width] of [['zh', 'dark', 1440], ['zh', 'light', 390]] as const) {
      await prefer(page, { language, theme });
      await page.setViewportSize({ width, height: 900 });
      await page.reload();
      await page.getByRole('heading', { name: '自动更正的原因' }).waitFor();
      await page.getByText('the registers prove these').waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
      assert.deepEqual(await violations(page), []);
      await shot(`policy-${language}-${theme}-${width}`);
      await page.getByRole('button', { name: '修改', exact: true }).click();
      await page.getByRole('dialog').getByText(/将自动更正：/).waitFor();
      assert.deepEqual(await violations(page), []);
      await shot(`policy-dialog-${language}-${theme}-${width}`);
      await page.keyboard.press('Escape');
    }
    await prefer(page, { language: 'en', theme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('C-11 whoever previewed a run above the threshold reads that another person starts it', async () => {
    const { page } = seeded.browser;
    await open(page, at('/bulk-repairs'));
    await page.getByRole('button', { name: 'Preview all' }).click();
    await page.getByRole('dialog').locator('#reason').fill('everything that has a proposal');
    await page.getByRole('dialog').getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('heading', { name: 'All bills with a proposal' }).waitFor();
    await page.getByText('Another person starts this run').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Start' }).count(), 0);
    assert.deepEqual(await violations(page), []);
    await shot('bulk-second-person-en');
    assert.deepEqual(seeded.browser.faults, []);
  });

  it('C-05 who works for a part of the operator sees the abnormal bills of its stations, and neither bulk repair nor the policy', async () => {
    const { page, context } = seeded.browser;
    await context.clearCookies();
    await logIn(page, seeded.server.origin, PARTNER);
    await open(page, at('/abnormal-bills'));
    await page.locator('table.data tbody tr').first().waitFor();
    const places = await page.locator('table.data tbody tr td:nth-child(2)').allTextContents();
    assert.ok(places.length > 0 && places.every((place) => place.includes('Riverside Park')), places.join('; '));
    assert.equal(await page.getByRole('button', { name: 'Bulk repair' }).count(), 0);
    assert.deepEqual(await violations(page), []);
    await shot('inbox-partner-en');
    await page.locator('table.data tbody a.cell-main').first().click();
    await page.getByRole('heading', { name: 'What may be true' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Accept' }).count(), 0, 'the operator decides');
    await open(page, at('/bulk-repairs'));
    await page.getByRole('alert').first().waitFor();
  });
});
