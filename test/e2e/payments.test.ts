import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeId, instant, type MemberId } from '../../src/kernel/index.ts';
import { createUser } from '../../src/modules/access/index.ts';
import { searchMembers } from '../../src/modules/parties/index.ts';
import { businessDateOf, fetchStatement, settleDay } from '../../src/modules/reconciliation/index.ts';
import { PAYMENT_PURPOSES } from '../../src/entrypoints/payment-purposes.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { logIn, open, openBrowser, prefer, STEP_MS_MAX, violations as found, type Browser } from './browser.ts';
import { openPaymentsDesk, type PaymentsDesk } from './payments-desk.ts';
import { LOG_IN, seedWorld } from './seeded-world.ts';

const test = await openTestDatabase();
const ACCOUNTANT = { logInName: 'li', password: LOG_IN.password };
const TELEPHONE = 'Mozilla/5.0 (Linux; Android 15; Mobile) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36';
let desk: PaymentsDesk | undefined;
let browser: Browser;
let memberId: MemberId;
/** The mouse rests on nothing, so that nothing is judged in its colours of hovering. */
const violations = async (page: Browser['page']): Promise<string[]> => { await page.mouse.move(0, 0); return found(page); };
const at = (path: string): string => desk!.origin + path;

async function openDesk(): Promise<void> {
  const { operatorId } = await seedWorld(test.database, systemClock);
  desk = await openPaymentsDesk(test.database, operatorId);
  await desk.odb.transaction(async (tx) => {
    assert.ok((await createUser(tx, { ...ACCOUNTANT, displayName: 'Li Kuai', roles: [{ role: 'accountant' }] }, { clock: systemClock })).ok);
    const [grace] = (await searchMembers(tx, { text: 'Grace', limit: 1 })).members;
    assert.ok(grace);
    ({ memberId } = grace);
  });
  browser = await openBrowser();
  await logIn(browser.page, desk.origin);
}

describe('payments in the console', () => {
  before(openDesk);
  after(async () => { await browser?.close(); await desk?.close(); });

  it('C-01 a member is topped up by QR code: the payer pays on a telephone, and both pages turn to paid by themselves', async () => {
    const { page } = browser;
    await open(page, at(`/members/${encodeId('mem', memberId)}`));
    await page.getByRole('button', { name: 'Top up by QR code' }).click();
    await page.getByRole('dialog').getByLabel('Another amount').fill('66');
    await page.getByRole('button', { name: 'Show the code' }).click();
    await page.getByRole('img', { name: /QR code of the payer/ }).waitFor();
    assert.deepEqual(await violations(page), []);
    const address = await page.getByRole('link', { name: 'Open the payer’s page' }).getAttribute('href');
    assert.ok(address);
    const telephone = await browser.context.browser()?.newContext({ userAgent: TELEPHONE }) ?? browser.context;
    telephone.setDefaultTimeout(STEP_MS_MAX);
    const payer = await telephone.newPage();
    await payer.setViewportSize({ width: 390, height: 780 });
    await payer.goto(address);
    await payer.getByText('66.00').waitFor();
    assert.deepEqual(await violations(payer), []);
    await payer.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
    await payer.waitForURL((url) => url.origin === desk!.wallet.url); // A telephone goes to the wallet by itself.
    const [trade] = desk!.wallet.control.openTrades();
    const outTradeNo = String(trade?.outTradeNo);
    await desk!.pay(outTradeNo);
    await page.getByRole('heading', { name: '66.00 CNY credited' }).waitFor();
    await page.getByText('Paid by WeChat Pay').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.figure', { hasText: 'Balance' }).getByText('66.00').waitFor();
    // Coming back from the wallet, the payer sees the end.
    await payer.goto(address);
    await payer.getByRole('heading', { name: 'Paid', exact: true }).waitFor();
    await payer.close();
    if (telephone !== browser.context) await telephone.close();
  });

  it('P-02 a lost payment is found by a run with its progress, and its order tells the story with the evidence', async () => {
    const { page } = browser;
    const { order, attempt } = await desk!.offered({ memberId, yuan: 120 });
    desk!.wallet.control.forceFault('notification_lost', { outTradeNo: attempt.outTradeNo });
    await desk!.pay(attempt.outTradeNo);
    await open(page, at('/recovery'));
    await page.getByRole('button', { name: 'Search a span' }).click();
    await page.getByRole('dialog').getByLabel('Why').fill('outage of the line');
    await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
    const run = page.locator('.run', { hasText: 'outage of the line' });
    await run.getByText('Finished').waitFor();
    assert.match(await run.innerText(), /1 recovered · 120\.00 CNY/);
    await open(page, at(`/payment-orders/${encodeId('pay', order.orderId)}`));
    await page.getByText(/120\.00 CNY paid, known by asking/).waitFor();
    await page.locator('.timeline li', { hasText: 'known by asking' }).getByRole('button', { name: 'Evidence' }).click();
    await page.locator('.ant-drawer pre.raw').first().waitFor();
    assert.match(await page.locator('.ant-drawer').innerText(), /SUCCESS/);
    assert.deepEqual(await violations(page), []);
    await open(page, at('/payment-orders?recovered=true'));
    assert.equal(await page.locator('table.data tbody tr.row').count(), 1);
  });

  it('C-16 a refund is applied for, cannot be audited by who applied, and goes back once somebody else approves', async () => {
    const { page } = browser;
    await open(page, at(`/members/${encodeId('mem', memberId)}`));
    await page.getByRole('button', { name: 'Refund', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('186.00').waitFor();
    await dialog.getByLabel('Amount to refund').fill('1000');
    await dialog.getByText(/at most 186\.00/).waitFor();
    await dialog.getByLabel('Amount to refund').fill('150');
    await dialog.getByLabel(/Reason/).fill('moves away');
    await dialog.getByRole('button', { name: 'Apply for 150.00 CNY' }).click();
    await page.getByText('You have applied for this').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 0);
    const address = page.url();
    const second = await openBrowser();
    try {
      await logIn(second.page, desk!.origin, ACCOUNTANT);
      await open(second.page, at('/refunds'));
      await second.page.locator('table.data tbody tr.row').first().click();
      await second.page.getByText(/has applied for this\. You are the second pair of eyes/).waitFor();
      assert.equal(second.page.url(), address);
      assert.equal(await second.page.locator('table.data tbody tr').count(), 2, 'two payments, two parts');
      await second.page.getByRole('button', { name: 'Approve' }).click();
      await second.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
      await second.page.locator('.sub').getByText(/Going back|Refunded|Approved/).waitFor();
      assert.deepEqual(second.faults, []);
    } finally { await second.close(); }
    await page.getByText(/Approved by Li Kuai/).waitFor(); // Live, on the page of who applied.
    assert.deepEqual(await violations(page), []);
  });

  it('P-06 limits of a channel change at run time, with their history; a probe walks the way of a notification', async () => {
    const { page } = browser;
    await open(page, at(`/channels/${encodeId('mch', desk!.accounts.wechatpay)}`));
    await page.getByRole('button', { name: 'Change settings' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Calls at once', { exact: true }).fill('7');
    await dialog.getByLabel(/Why/).fill('the channel asked us to');
    await dialog.getByText('Calls at once: 32 → 7').waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: 'the channel asked us to' }).waitFor();
    assert.doesNotMatch(await page.locator('main').innerText(), /PRIVATE KEY/);
    await page.getByRole('button', { name: 'Probe now' }).click();
    await page.getByText('The channel accepts them').waitFor();
    await page.getByText('Our own post came in').waitFor();
    assert.deepEqual(await violations(page), []);
  });

  it('a difference of a day is taken on, discussed and ended, and the day adds up to the cent', async () => {
    const { page } = browser;
    const merchantAccountId = desk!.accounts.alipay;
    const { attempt } = await desk!.offered({ memberId, yuan: 40, channel: 'alipay' });
    desk!.wallet.control.scan({ outTradeNo: attempt.outTradeNo });
    await desk!.pay(attempt.outTradeNo);
    // The day on which the channel has it, whatever the hour; and its own row of the bill, whatever else was sold.
    const businessDate = businessDateOf(instant(Date.parse(String(desk!.wallet.control.trade({ outTradeNo: attempt.outTradeNo })!.paidAt))));
    desk!.wallet.control.forceFault('bill_amount_differs', { outTradeNo: attempt.outTradeNo });
    desk!.wallet.control.makeBills(businessDate);
    const day = { merchantAccountId, businessDate, currency: 'CNY', actor: 'system' } as const, options = { clock: systemClock, channels: desk!.channels, purposes: PAYMENT_PURPOSES };
    assert.ok((await fetchStatement(desk!.odb, day, 'trade', options)).ok);
    await settleDay(desk!.odb, day, options);
    await open(page, at('/reconciliation'));
    await page.getByRole('link', { name: businessDate, exact: true }).first().click();
    await page.getByText('Adds up').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole('link', { name: 'Amount differs' }).click();
    await page.getByRole('button', { name: 'Take it on' }).click();
    await page.getByText('It is yours.').waitFor();
    await page.getByLabel('Write what is known').fill('one fen, asked the channel');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('one fen, asked the channel').first().waitFor();
    await page.getByRole('button', { name: 'End it' }).click();
    await page.getByRole('radio', { name: /Written off: 0\.01 CNY/ }).check();
    await page.getByLabel(/Why/).fill('not worth a letter');
    assert.deepEqual(await violations(page), []);
    await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
    await page.locator('.sub').getByText('Written off').waitFor();
    await open(page, at('/reconciliation?tab=breaks'));
    await page.getByText('Nothing to explain').waitFor();
  });

  it('every page reads well on a telephone, in Chinese and in the dark', async () => {
    const { page } = browser;
    await prefer(page, { language: 'zh', theme: 'dark' });
    await page.setViewportSize({ width: 360, height: 760 });
    for (const path of ['/payment-orders', '/recovery', '/recovery?tab=losses', '/recovery?tab=notifications', '/refunds', '/refunds?tab=rules', '/channels', `/channels/${encodeId('mch', desk!.accounts.wechatpay)}`, '/channels?tab=amounts', '/reconciliation']) {
      await open(page, at(path));
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${path} scrolls sideways`);
      assert.deepEqual(await violations(page), [], path);
    }
    assert.deepEqual(browser.faults, []);
  });
});
