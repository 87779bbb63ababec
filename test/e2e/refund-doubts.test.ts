import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mkdir } from 'node:fs/promises';
import { encodeId, type MemberId } from '../../src/kernel/index.ts';
import { searchMembers } from '../../src/modules/parties/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { logIn, open, openBrowser, prefer, violations as found, type Browser } from './browser.ts';
import { openPaymentsDesk, type PaymentsDesk } from './payments-desk.ts';
import { seedWorld } from './seeded-world.ts';

const test = await openTestDatabase();
/** Where pictures are put for somebody to look at; none without. */
const SHOTS = process.env.KIRCHHOFF_SCREENSHOTS;
let desk: PaymentsDesk | undefined;
let browser: Browser;
let memberId: MemberId;
const at = (path: string): string => desk!.origin + path;
const violations = async (page: Browser['page']): Promise<string[]> => { await page.mouse.move(0, 0); return found(page); };

describe('money that went back at a channel without us, in the console', () => {
  before(async () => {
    const { operatorId } = await seedWorld(test.database, systemClock);
    desk = await openPaymentsDesk(test.database, operatorId);
    const [grace] = (await desk.odb.transaction((tx) => searchMembers(tx, { text: 'Grace', limit: 1 }))).members;
    assert.ok(grace);
    ({ memberId } = grace);
    browser = await openBrowser();
    await logIn(browser.page, desk.origin);
  });
  after(async () => { await browser?.close(); await desk?.close(); });

  it('P-12 a refund on the merchant platform shows by itself on the order, is listed with the chargebacks, and is entered with evidence', async () => {
    const { page } = browser, { order, attempt } = await desk!.offered({ memberId, yuan: 80, channel: 'alipay' });
    desk!.wallet.control.scan({ outTradeNo: attempt.outTradeNo });
    await desk!.pay(attempt.outTradeNo);
    await open(page, at(`/payment-orders/${encodeId('pay', order.orderId)}`));
    await page.getByText(/80\.00 CNY paid/).waitFor();
    desk!.wallet.control.refundElsewhere({ outTradeNo: attempt.outTradeNo }, 0.25);
    await page.getByText(/The channel says that 20\.01 CNY of this payment went back/).waitFor();
    assert.deepEqual(await violations(page), []);
    if (SHOTS) await shoot(page, 'order');
    await open(page, at('/chargebacks'));
    await page.getByText('More went back at channels than is known here: 1').waitFor();
    assert.deepEqual(await violations(page), []);
    if (SHOTS) await shoot(page, 'chargebacks');
    await page.getByRole('alert').getByRole('link').first().click();
    await page.getByRole('button', { name: 'Enter what went back' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('How you know').fill('refund 2026 in the merchant platform');
    assert.deepEqual(await violations(page), []);
    if (SHOTS) await shoot(page, 'dialog');
    await dialog.getByRole('button', { name: 'Book 20.01 CNY' }).click();
    await page.getByText('refund 2026 in the merchant platform').first().waitFor();
    await page.getByText('20.01 CNY booked').waitFor();
    assert.equal(await page.getByText(/The channel says that/).count(), 1, 'it stands in the timeline, and waits for nobody');
    if (SHOTS) await shoot(page, 'answered');
    await open(page, at(`/members/${encodeId('mem', memberId)}`));
    await page.locator('.figure', { hasText: 'Balance' }).getByText('59.99').waitFor();
    assert.deepEqual(browser.faults, []);
  });

  it('reads well on a telephone, in Chinese and in the dark', async () => {
    const { page } = browser, { order, attempt } = await desk!.offered({ memberId, yuan: 30, channel: 'alipay' });
    desk!.wallet.control.scan({ outTradeNo: attempt.outTradeNo });
    await desk!.pay(attempt.outTradeNo);
    await open(page, at(`/payment-orders/${encodeId('pay', order.orderId)}`));
    await page.getByText(/30\.00 CNY paid/).waitFor();
    desk!.wallet.control.refundElsewhere({ outTradeNo: attempt.outTradeNo }, 0.5);
    await page.getByText(/The channel says that/).first().waitFor();
    await prefer(page, { language: 'zh', theme: 'dark' });
    await page.setViewportSize({ width: 390, height: 780 });
    for (const path of [`/payment-orders/${encodeId('pay', order.orderId)}`, '/chargebacks']) {
      await open(page, at(path));
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${path} scrolls sideways`);
      assert.deepEqual(await violations(page), [], path);
      if (SHOTS) await shoot(page, path.startsWith('/charge') ? 'chargebacks' : 'order');
    }
    assert.deepEqual(browser.faults, []);
  });
});

let shots = 0;
async function shoot(page: Browser['page'], name: string): Promise<void> {
  await mkdir(SHOTS!, { recursive: true });
  await page.screenshot({ path: `${SHOTS!}/${String(++shots).padStart(2, '0')}-${name}.png`, fullPage: true });
}
