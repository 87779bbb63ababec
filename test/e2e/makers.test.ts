import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addMs, MS_PER_DAY, toIso, type ChargePointId, type OperatorId } from '../../src/kernel/index.ts';
import { countAll, writePacks } from '../../src/modules/conformance/index.ts';
import { addCounts, NO_COUNTS, type Counts } from '../../src/modules/conformance/domain/kind.ts';
import { makeIdOf } from '../../src/modules/conformance/domain/make.ts';
import { addToDays, insertMakes } from '../../src/modules/conformance/store/counting.ts';
import { startApplier } from '../../src/modules/ocpp-gateway/index.ts';
import { appendFrames } from '../../src/modules/ocpp-gateway/store/append-frames.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { silentLogger } from '../../src/platform/logging/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { logIn, open, openBrowser, prefer, violations as found, type Browser } from './browser.ts';
import { startConsoleServer, type ConsoleServer } from './console-server.ts';
import { seedWorld } from './seeded-world.ts';

const test = await openTestDatabase();
const CARD = '04A1B2C3D4';
let server: ConsoleServer | undefined, browser: Browser, operatorId: OperatorId;
const violations = async (page: Browser['page']): Promise<string[]> => { await page.mouse.move(0, 0); return found(page); };
const at = (path: string): string => server!.origin + path;

/** A maker whose old firmware lost 3 % of its bills and whose new one hardly any, one who does well, and frames that break the schema. */
async function seedMakes(chargePointId: ChargePointId): Promise<void> {
  const now = systemClock.now(), odb = test.database.forOperator(operatorId);
  const makes = [['Blitz', 'B1', '1.4.1', { sessions: 2_000n, lostBills: 60n, abnormalSessions: 60n }], ['Blitz', 'B1', '1.4.2', { sessions: 2_000n, lostBills: 2n, abnormalSessions: 2n }], ['Solid', 'S9', '7.0', { sessions: 3_000n }]] as const;
  await odb.transaction(async (tx) => {
    for (const [i, [maker, model, firmware, counts]] of makes.entries()) {
      const make = { maker, model, firmware };
      await insertMakes(tx, [[make, addMs(now, (i - 30) * MS_PER_DAY)]]);
      const all: Counts = addCounts(NO_COUNTS, { ...counts, frames: 50_000n, calls: 50_000n, energyWh: 40_000_000n });
      await addToDays(tx, [{ makeId: makeIdOf(make), chargePointId, countedOn: toIso(addMs(now, (i - 30) * MS_PER_DAY)).slice(0, 10), counts: all }]);
    }
  });
  const frame = (id: string, action: string, payload: object, violation: string | null) => ({
    operatorId, chargePointId, connectionGeneration: 1n, direction: 'in' as const, protocol: 'ocpp1.6' as const, messageType: 2, messageId: id, action, payload: JSON.stringify([2, id, action, payload]), reply: null, violation, receivedAt: now,
  });
  await appendFrames(test.database.inbox, [
    frame('b', 'BootNotification', { chargePointVendor: 'Blitz', chargePointModel: 'B1', firmwareVersion: '1.4.2' }, null), frame('s', 'StatusNotification', { connectorId: 'one', status: 'Charging', holder: CARD }, '/connectorId must be integer'),
  ]);
  const applier = startApplier({ database: test.database, clock: systemClock, logger: silentLogger, only: (id) => id === operatorId });
  await applier.drain();
  await applier.close();
  await countAll(odb);
}

describe('makers in the console', () => {
  before(async () => {
    const world = await seedWorld(test.database, systemClock);
    ({ operatorId } = world);
    await seedMakes(world.stations[0]!.chargePoints[0]!.chargePointId);
    server = await startConsoleServer(test.database, systemClock);
    browser = await openBrowser();
    await logIn(browser.page, server.origin);
  });
  after(async () => { await browser?.close(); await server?.close(); });

  it('C-26 the worst maker stands first, and its page says since which firmware lost bills fell', async () => {
    const { page } = browser;
    await open(page, at('/makers'));
    await page.getByRole('link', { name: 'Blitz · B1' }).waitFor();
    const names = await page.locator('table .cell-main').allTextContents();
    assert.deepEqual(names.filter((name) => name.includes('·')), ['Blitz · B1', 'Solid · S9']);
    assert.deepEqual(await violations(page), []);
    await page.getByRole('link', { name: 'Blitz · B1' }).click();
    await page.getByText('Since 1.4.2, lost bills fell from 3.0 % to 0.10 %').waitFor();
    await page.getByText('More lost bills').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByText('Messages that break the schema: 1').click();
    await page.getByText('must be integer').waitFor();
    assert.ok(!(await page.content()).includes(CARD), 'a card is shown to nobody');
    assert.deepEqual(await violations(page), []);
  });

  it('C-26 an evidence pack is asked for, made in the background, and downloaded', async () => {
    const { page } = browser;
    await open(page, at('/makers/detail?maker=Blitz&model=B1'));
    await page.getByRole('button', { name: 'Make an evidence pack' }).click();
    await page.getByRole('dialog').getByText('Blitz · B1').waitFor();
    await page.getByRole('button', { name: 'Ask for it' }).click();
    await page.waitForURL(/tab=packs/);
    await page.getByText('waiting').waitFor();
    assert.equal(await writePacks(test.database.forOperator(operatorId), { clock: systemClock }), 1);
    await page.getByRole('link', { name: 'Archive' }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Document' }).click()]);
    assert.match(download.suggestedFilename(), /^evidence_Blitz_B1_.*\.pdf$/);
    assert.deepEqual(await violations(page), []);
  });

  it('C-26 reads in Chinese, in the dark and on a telephone, and nothing is wider than the screen', async () => {
    const { page } = browser;
    await prefer(page, { language: 'zh', theme: 'dark' });
    await page.setViewportSize({ width: 390, height: 780 });
    for (const [path, text] of [['/makers', '厂商评分'], ['/makers/detail?maker=Blitz&model=B1', '自 1.4.2 起，丢失账单从 3.0 % 降至 0.10 %'], ['/makers?tab=packs', '证据包']] as const) {
      await open(page, at(path));
      await page.getByRole('main').getByText(text).first().waitFor();
      assert.deepEqual(await violations(page), [], path);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${path} is wider than the screen`);
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/makers-${path.replaceAll(/\W+/g, '-')}.png`, fullPage: true });
    }
    assert.deepEqual(browser.faults, []);
  });
});
