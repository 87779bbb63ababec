import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PERIODS } from '../../src/entrypoints/period-gates.ts';
import { encodeId, type MemberId } from '../../src/kernel/index.ts';
import { workPeriod } from '../../src/modules/ledger/index.ts';
import { searchMembers } from '../../src/modules/parties/index.ts';
import { importStatement, reconcileDay } from '../../src/modules/reconciliation/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import type { NodeReport } from '../../src/platform/nodes/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { logIn, open, openBrowser, prefer, violations as found, type Browser } from './browser.ts';
import { seedOperations } from './operations-seed.ts';
import { openPaymentsDesk, type PaymentsDesk } from './payments-desk.ts';
import { seedWorld } from './seeded-world.ts';

const test = await openTestDatabase();
const CHINA_MS = 8 * 3_600_000, DAY_MS = 86_400_000;
const YESTERDAY = new Date(Date.now() + CHINA_MS - DAY_MS).toISOString().slice(0, 10);
let desk: PaymentsDesk | undefined;
let browser: Browser;
let nodes: Pick<NodeReport, 'close'> | undefined;
let memberId: MemberId;
let folder = '';
const violations = async (page: Browser['page']): Promise<string[]> => { await page.mouse.move(0, 0); return found(page); };
const at = (path: string): string => desk!.origin + path;

async function openDesk(): Promise<void> {
  const { operatorId } = await seedWorld(test.database, systemClock);
  desk = await openPaymentsDesk(test.database, operatorId);
  nodes = await seedOperations(test.database, operatorId);
  await desk.odb.transaction(async (tx) => {
    const [grace] = (await searchMembers(tx, { text: 'Grace', limit: 1 })).members;
    assert.ok(grace);
    ({ memberId } = grace);
  });
  folder = await mkdtemp(join(tmpdir(), 'kirchhoff-files-'));
  browser = await openBrowser();
  await logIn(browser.page, desk.origin);
}

/** Some months before the one that runs in China. */
function monthBack(months: number): string {
  const [year = 0, month = 1] = new Date(Date.now() + CHINA_MS).toISOString().split('-').map(Number), at = year * 12 + month - 1 - months;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
}
/** What the job that closes months does, until nothing waits. */
const work = async (): Promise<void> => { while (await workPeriod(desk!.odb, PERIODS, { clock: systemClock })) { /* the next one */ } };

/** A day without trade, as WeChat Pay writes it. */
const emptyBill = Buffer.from('\ufeff交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易状态,应结订单金额,商户退款单号,退款金额,退款状态,手续费,订单金额,申请退款金额\r\n总交易单数,应结订单总金额,退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`0,`0.00,`0.00,`0.00,`0.00,`0.00\r\n');

describe('the back office of payments in the console', () => {
  before(openDesk);
  after(async () => { await browser?.close(); await nodes?.close(); await desk?.close(); if (folder !== '') await rm(folder, { recursive: true, force: true }); });

  it('C-19 a coupon rule is made, a pack is given by hand, and the member has it', async () => {
    const { page } = browser;
    await open(page, at('/coupons'));
    await page.getByText('No coupon rule yet').waitFor();
    await page.getByRole('button', { name: 'New rule' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Sorry for the wait');
    await dialog.getByLabel('Given', { exact: true }).click();
    await page.locator('.ant-select-dropdown').getByText('by hand', { exact: true }).click();
    await dialog.getByLabel('Worth of one').fill('8.50');
    await dialog.getByLabel('Bill of at least').fill('2x');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('An amount, for instance 10 or 12.50').waitFor();
    await dialog.getByLabel('Bill of at least').fill('20');
    await dialog.getByLabel('Coupons in a pack').fill('2');
    assert.deepEqual(await violations(page), []);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByText('on bills from 20.00 CNY').waitFor();
    await page.getByRole('button', { name: 'Sorry for the wait' }).click();
    await page.getByRole('button', { name: 'Give packs' }).click();
    const giving = page.getByRole('dialog', { name: /Give packs/ });
    await giving.getByLabel('Members').fill('Grace');
    await page.locator('.ant-select-dropdown').getByText('Grace Hopper').click();
    await giving.getByLabel(/Reason/).fill('the charger was out of order');
    await giving.getByRole('button', { name: 'Give 1 packs worth 17.00 CNY' }).click();
    await page.getByText('2 coupons were given.').waitFor();
    await page.locator('.ant-drawer').getByText('1 / any number').waitFor();
    await open(page, at(`/members/${encodeId('mem', memberId)}`));
    const card = page.locator('.card', { hasText: 'Sorry for the wait' });
    await card.getByText('To be used').first().waitFor();
    assert.equal(await card.locator('tbody tr').count(), 2);
    assert.deepEqual(await violations(page), []);
  });

  it('a chargeback is recorded by the number of the payment, taken from the wallet, and booked back when the dispute is won', async () => {
    const { page } = browser;
    const { order, attempt } = await desk!.offered({ memberId, yuan: 90 });
    await desk!.pay(attempt.outTradeNo);
    await open(page, at(`/payment-orders/${encodeId('pay', order.orderId)}`));
    await page.locator('.sub').getByText('Paid', { exact: true }).waitFor();
    await open(page, at('/chargebacks'));
    await page.getByText('No chargeback', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Record a chargeback' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Our number of the payment, or the order').fill('L000');
    await dialog.getByText('No paid payment has this number.').waitFor();
    await dialog.getByLabel('Our number of the payment, or the order').fill(attempt.outTradeNo);
    await dialog.getByText('90.00 CNY paid by Grace Hopper').waitFor();
    await dialog.getByLabel("The channel's number").fill('COMPLAINT-20261122-7');
    await dialog.getByLabel('Reason the channel gives').fill('the payer does not know the payment');
    assert.deepEqual(await violations(page), []);
    await dialog.getByRole('button', { name: 'Take back 90.00 CNY' }).click();
    await page.getByText('The dispute is open').waitFor();
    await page.locator('.figure', { hasText: 'From the wallet' }).getByText('90.00').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole('button', { name: 'How it ended' }).click();
    await page.getByRole('radio', { name: /^Won/ }).check();
    await page.getByRole('dialog').getByRole('button', { name: 'Book it' }).click();
    await page.getByText('the dispute was won, everything was booked back').waitFor();
    await open(page, at('/chargebacks?state=won'));
    assert.equal(await page.locator('table.data tbody tr.row').count(), 1);
    await open(page, at('/chargebacks?state=open'));
    await page.getByText('No chargeback', { exact: true }).waitFor();
  });

  it('C-22 a statement is handed in for a day that has none: refused when it is no statement, kept once when it is', async () => {
    const { page } = browser;
    await writeFile(join(folder, 'holiday.csv'), 'a,b\r\n1,2\r\n');
    await writeFile(join(folder, 'bill.csv.gz'), gzipSync(emptyBill));
    const merchantAccountId = desk!.accounts.wechatpay;
    await open(page, at(`/reconciliation/${encodeId('mch', merchantAccountId)}/${YESTERDAY}`));
    const handIn = async (file: string): Promise<void> => {
      await page.getByRole('dialog').getByLabel('File').setInputFiles(join(folder, file));
      await page.getByRole('dialog').getByRole('button', { name: 'Hand in' }).click();
    };
    await page.getByRole('button', { name: 'Hand in a statement' }).click();
    await handIn('holiday.csv');
    await page.getByText('Columns are missing: another kind of statement?').waitFor();
    assert.deepEqual(await violations(page), []);
    await handIn('bill.csv.gz');
    await page.getByText('It is kept; the day is matched now.').waitFor();
    await page.getByRole('cell', { name: 'handed in by 王小明' }).waitFor();
    await page.getByRole('button', { name: 'Hand in a statement' }).click();
    await handIn('bill.csv.gz');
    await page.getByText('The same statement was here already; nothing was changed.').waitFor();
    assert.ok(await reconcileDay(desk!.odb, { merchantAccountId, businessDate: YESTERDAY, environment: 'D', feeRatePpm: null }, { clock: systemClock }));
    await open(page, at(`/reconciliation/${encodeId('mch', merchantAccountId)}/${YESTERDAY}`));
    await page.getByText('Adds up').waitFor();
    assert.deepEqual(await violations(page), []);
  });

  it('a month is checked and closed for good by a job when nothing stands against it, and the one that runs cannot be', async () => {
    const { page } = browser;
    await open(page, at('/periods'));
    const rows = page.locator('table.data tbody tr.row');
    await rows.first().getByText('Running').waitFor();
    assert.deepEqual(await violations(page), []);
    await rows.first().click();
    await page.getByText('This month is not over').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Close the month' }).count(), 0);
    await open(page, at(`/periods/${monthBack(1)}`));
    await page.getByText('the books were not audited yet').waitFor();
    await page.getByRole('button', { name: 'Check it' }).click();
    await page.getByText('It begins within a minute.').waitFor();
    assert.deepEqual(await violations(page), []);
    await work();
    await page.getByText('Nothing stands against closing this month').waitFor();
    await page.getByRole('button', { name: 'Close the month' }).click();
    await page.getByText('Nothing is booked into it afterwards').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close the month' }).click();
    await page.locator('.sub').getByText('Closing').waitFor();
    await work();
    await page.getByRole('heading', { name: 'This month is closed' }).waitFor();
    assert.match(await page.locator('.facts').innerText(), /王小明/);
    assert.deepEqual(await violations(page), []);
  });

  it('a month with a difference that nobody has explained waits for a second person, who sees what is waived', async () => {
    const { page } = browser;
    const merchantAccountId = desk!.accounts.wechatpay, month = monthBack(2), businessDate = `${month}-05`;
    const strange = Buffer.from(emptyBill.toString().replace('总交易单数', `\`${businessDate} 10:00:00,\`wx1,\`1,\`4200,\`KIOSK-7,\`SUCCESS,\`5.00,\`0,\`0.00,\`,\`0.03,\`5.00,\`0.00\r\n总交易单数`).replace('`0,`0.00,`0.00,`0.00,`0.00,`0.00', '`1,`5.00,`0.00,`0.03,`5.00,`0.00'));
    await importStatement(desk!.odb, { merchantAccountId, businessDate, format: 'wechatpay_trade', source: 'upload', importedBy: 'system', content: (async function* one() { yield strange; })(), hash: null }, { clock: systemClock });
    await reconcileDay(desk!.odb, { merchantAccountId, businessDate, environment: 'D', feeRatePpm: null }, { clock: systemClock });
    await open(page, at(`/periods/${month}`));
    await page.getByText('Closing this month is blocked: 1 of its gates').waitFor();
    await page.locator('.findings li', { hasText: 'nobody has explained' }).getByText('1 open').waitFor();
    await page.getByRole('button', { name: 'Close the month' }).click();
    const ask = page.getByRole('dialog').getByRole('button', { name: 'Ask a second person' });
    assert.ok(await ask.isDisabled(), 'nothing is waived without a reason');
    await page.getByLabel('Why it is closed all the same').fill('the kiosk is being asked');
    assert.deepEqual(await violations(page), []);
    await ask.click();
    await page.locator('.sub').getByText('Closing').waitFor();
    await work();
    await page.getByText('Closing it waits for a second person.').first().waitFor();
    await open(page, at('/approvals'));
    await page.getByText('the kiosk is being asked').first().waitFor();
  });

  it('P-07 P-08 P-09 operations show the node that was forgotten, the minute in which the disk was busy, and what took long in it', async () => {
    const { page } = browser;
    await open(page, at('/operations'));
    await page.getByText(/The living nodes are not alike: \d differences/).waitFor();
    await page.locator('.findings').getByText('hz-worker-2:811').first().waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole('tab', { name: 'Pressure and payments' }).click();
    await page.getByRole('img', { name: /Milliseconds by minute/ }).waitFor();
    await page.locator('table.data').getByText(/unusual: \d/).first().waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole('tab', { name: 'Slow requests' }).click();
    await page.locator('table.data tbody tr.row').first().click();
    await page.locator('.ant-drawer').getByText('insert into ledger.transfer').waitFor();
    assert.deepEqual(await violations(page), []);
  });

  it('every page of them reads well on a telephone, in Chinese and in the dark', async () => {
    const { page } = browser;
    await prefer(page, { language: 'zh', theme: 'dark' });
    await page.setViewportSize({ width: 360, height: 760 });
    for (const path of ['/coupons', '/chargebacks', '/periods', `/periods/${YESTERDAY.slice(0, 7)}`, '/operations', '/operations?tab=pressure', '/operations?tab=slow', `/reconciliation/${encodeId('mch', desk!.accounts.wechatpay)}/${YESTERDAY}`, `/members/${encodeId('mem', memberId)}`]) {
      await open(page, at(path));
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${path} scrolls sideways`);
      assert.deepEqual(await violations(page), [], path);
    }
    assert.deepEqual(browser.faults, []);
  });
});
