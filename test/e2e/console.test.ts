import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeId } from '../../src/kernel/index.ts';
import { createUser } from '../../src/modules/access/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { fillLogIn, logIn, open, openBrowser, prefer, violations, type Browser } from './browser.ts';
import type { ConsoleServer } from './console-server.ts';
import { openSeededConsole, type SeededConsole } from './seeded-console.ts';
import { LOG_IN, type SeededWorld } from './seeded-world.ts';

const test = await openTestDatabase();
let world: SeededWorld;
let server: ConsoleServer;
let browser: Browser;
let opened: SeededConsole | undefined;

// One suite around all, so that server and browser close before the database of this file is dropped.
describe('the console', () => {
  before(async () => {
    opened = await openSeededConsole(test.database, ({ operatorId }) => test.database.forOperator(operatorId).transaction(async (tx) => {
      for (const user of [{ logInName: 'single', displayName: 'Single Place', role: 'owner', sessionsMax: 1 }, { logInName: 'viewer', displayName: 'Only Looks', role: 'viewer', sessionsMax: 5 }] as const) {
        const made = await createUser(tx, { logInName: user.logInName, displayName: user.displayName, password: LOG_IN.password, roles: [{ role: user.role }], sessionsMax: user.sessionsMax }, { clock: systemClock });
        assert.ok(made.ok);
      }
    }));
    ({ world, server, browser } = opened);
  });
  after(() => opened?.close());

  describe('logging in', () => {
    it('a wrong password is told with its code, and a right one leads to the page that was asked for', async () => {
      const { page } = browser;
      await page.context().clearCookies();
      await page.goto(`${server.origin}/members`);
      await page.waitForURL(/\/login\?next=/);
      await fillLogIn(page, { ...LOG_IN, password: 'not this one at all' });
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByText('log_in_refused').waitFor();
      await fillLogIn(page, LOG_IN);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('heading', { name: 'Members' }).waitFor();
      assert.match(page.url(), /\/members$/);
    });

    it('C-04 a log-in over the limit offers to end the oldest session of the account, and does', async () => {
      const second = await openBrowser();
      try {
        const { page } = second;
        await logIn(page, server.origin, { logInName: 'single', password: LOG_IN.password });
        await page.context().clearCookies();
        await page.goto(`${server.origin}/login`);
        await fillLogIn(page, { logInName: 'single', password: LOG_IN.password });
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.getByText('already logged in as often as it may be (1)').waitFor();
        await page.getByRole('button', { name: 'End the oldest session and log in' }).click();
        await page.locator('.shell').waitFor();
        await open(page, `${server.origin}/users?tab=mine`);
        await page.getByText('this one').waitFor();
      } finally {
        await second.close();
      }
    });
  });

  describe('the cash desk', () => {
    it('a top-up is read back before it is booked, is booked once, and stands in the statement', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/members`);
      await page.getByRole('link', { name: 'Grace Hopper' }).click();
      const balance = page.locator('.figure', { hasText: 'Balance' }).locator('.value');
      await balance.waitFor();
      const before = cents(await balance.innerText());
      await page.getByRole('button', { name: 'Top up', exact: true }).click();
      await page.getByLabel('Amount received').fill('88.5');
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('88.50 CNY in cash from Grace Hopper becomes credit').waitFor();
      await page.getByRole('button', { name: 'Cash received: credit 88.50 CNY' }).dblclick();
      await page.getByText('88.50 CNY credited.').waitFor();
      await page.locator('td', { hasText: '+88.50' }).first().waitFor();
      await page.locator('.figure', { hasText: 'Balance' }).locator('.value', { hasText: ((before + 8850) / 100).toLocaleString('en', { minimumFractionDigits: 2 }) }).waitFor();
      assert.equal(await page.locator('td', { hasText: '+88.50' }).count(), 1);
      await open(page, `${server.origin}/members`);
      await page.getByRole('row', { name: new RegExp(`Grace Hopper.*${((before + 8850) / 100).toLocaleString('en', { minimumFractionDigits: 2 })}`) }).waitFor();
    });

    it('another person\'s act shows without a reload', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/members`);
      await page.getByText('Live', { exact: true }).waitFor();
      const other = await browser.context.newPage();
      await open(other, `${server.origin}/members`);
      await other.getByRole('button', { name: 'New member' }).click();
      await other.getByLabel('Name', { exact: true }).fill('Hertha Ayrton');
      await other.getByRole('button', { name: 'Create', exact: true }).click();
      await other.getByRole('heading', { name: 'Hertha Ayrton' }).waitFor();
      await page.getByRole('link', { name: 'Hertha Ayrton' }).waitFor();
      await other.close();
    });
  });

  describe('a bill', () => {
    it('explains its price line by line, and a line lights its part of the chart', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/sessions?state=ended`);
      await page.locator('table.data tbody tr.row a').first().click();
      await page.getByRole('img', { name: /readings up to/ }).locator('canvas').waitFor();
      const line = page.getByRole('row', { name: /Electricity/ }).first();
      await line.hover();
      await page.locator('tr.lit').waitFor();
      assert.match(await line.getAttribute('title') ?? '', /kWh × [\d.]+ = [\d.]+/);
      await page.getByText('Who started it, and how').waitFor();
      await page.getByRole('button', { name: 'Show StartTransaction' }).click();
      await page.locator('pre.raw', { hasText: 'meterStart' }).waitFor();
      await page.keyboard.press('Escape');
    });

    it('names the transfers that it booked, money and energy', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/sessions?state=ended`);
      await page.locator('table.data tbody tr.row a').first().click();
      const postings = page.getByRole('region', { name: 'Booked in the ledger' });
      await postings.getByRole('row', { name: /Electricity .*Charging in clearing.*Revenue: electricity.*\d+\.\d\d/ }).waitFor();
      await postings.getByRole('row', { name: /Energy billed.*Energy metered at the connector.*\d+\.\d{3}/ }).waitFor();
    });

    it('C-15 shows who started the charge and how: mode, member, credential, and the answer to the start', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/sessions?state=ended`);
      await page.locator('table.data tbody tr.row a').first().click();
      const card = page.locator('.card', { hasText: 'Who started it, and how' });
      await card.waitFor();
      const facts = await card.locator('dl').innerText();
      for (const word of ['Started by', 'Card', 'Member', 'Credential', 'accepted']) assert.ok(facts.includes(word), `${word} is missing in ${facts}`);
    });

    it('that is abnormal says why, with the readings that say so, and what it would cost', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/sessions?state=held`);
      await page.getByText('Abnormal, held').first().waitFor();
      await page.locator('table.data tbody tr.row', { hasText: 'VC-RP-01' }).getByRole('link').first().click();
      await page.getByText('It fell from').waitFor();
      await page.getByText('held until somebody has looked').waitFor();
      await page.getByText('The price it would have').waitFor();
    });
  });

  describe('the list of sessions', () => {
    it('is narrowed to one cause of abnormality from the overview, and by the filter', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/`);
      await page.getByText('Cash desk today').waitFor();
      await page.getByRole('link', { name: 'The register was reset', exact: true }).click();
      await page.waitForURL(/cause=meter_register_reset/);
      await page.locator('.chip', { hasText: 'The register was reset' }).waitFor();
      await page.locator('table.data tbody tr.row', { hasText: 'VC-RP-01' }).waitFor();
      assert.equal(await page.locator('table.data tbody tr.row').count(), 1);
    });
  });

  describe('the books', () => {
    it('are audited on the page, every invariant a line', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/books`);
      await page.getByRole('heading', { name: 'The books balance' }).waitFor();
      assert.ok(await page.locator('.findings li').count() >= 10);
      await page.getByText('Every watt-hour').waitFor();
    });
  });

  describe('stations', () => {
    it('C-17 a station is found by a name that is almost right', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/stations`);
      await page.getByLabel('Name of a station, nearly right is enough').fill('Rivreside');
      await page.waitForURL(/q=Rivreside/);
      // First what must go: the list from before the search shows both.
      await page.getByRole('link', { name: /North Bus/ }).waitFor({ state: 'detached' });
      await page.getByRole('link', { name: /Riverside/ }).waitFor();
    });
  });

  describe('tariffs', () => {
    it('a new version is made by splitting a period, and the day stays covered', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/tariffs`);
      await page.locator('.card', { hasText: 'Bus depot' }).getByRole('button', { name: 'New version' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Split' }).first().click();
      assert.equal(await dialog.locator('.day-segment').count(), 4);
      await dialog.getByLabel('Electricity 00:00–03:30').fill('0.29');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Version 2 of').waitFor();
      await page.locator('.card', { hasText: 'Bus depot' }).getByText('Version 2', { exact: true }).waitFor();
    });
  });

  describe('users', () => {
    it('are made with a role and a password that is shown once, change it themselves, and are logged out when disabled', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/users`);
      await page.getByRole('button', { name: 'New user' }).click();
      const dialog = page.getByRole('dialog', { name: 'New user' });
      await dialog.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
      await dialog.getByLabel('Log-in name').fill('ada');
      await dialog.getByRole('checkbox', { name: 'Clerk' }).check();
      await dialog.getByRole('button', { name: 'Create' }).click();
      await page.getByText('It is shown this once').waitFor();
      const password = await page.locator('pre.raw').innerText();
      await page.getByRole('button', { name: 'I have noted it' }).click();
      const second = await openBrowser();
      try {
        await logIn(second.page, server.origin, { logInName: 'ada', password });
        await open(second.page, `${server.origin}/users?tab=mine`);
        await second.page.getByLabel('Current password').fill(password);
        await second.page.getByLabel('New password', { exact: true }).fill('a longer one of her own');
        await second.page.getByLabel('New password again').fill('a longer one of her own');
        await second.page.getByRole('button', { name: 'Change password' }).click();
        await second.page.getByText('The password is changed').waitFor();
        await page.getByRole('button', { name: 'Show ada' }).click();
        await page.getByRole('button', { name: 'Disable' }).click();
        await page.getByText('cannot log in until enabled again').waitFor();
        await page.locator('.ant-modal-confirm').getByRole('button', { name: 'Disable' }).click();
        await page.getByText('Ada Lovelace is disabled and logged out.').waitFor();
        await second.page.reload();
        await second.page.waitForURL(/\/login/);
        assert.deepEqual(second.faults, []);
      } finally {
        await second.close();
      }
    });
  });

  describe('a person who may only look', () => {
    it('sees no button that changes anything, and is told which permission a page needs', async () => {
      const second = await openBrowser();
      try {
        const { page } = second;
        await logIn(page, server.origin, { logInName: 'viewer', password: LOG_IN.password });
        await open(page, `${server.origin}/stations`);
        await page.getByRole('link', { name: /Riverside/ }).waitFor();
        assert.equal(await page.getByRole('button', { name: 'New station' }).count(), 0);
        const refused = await page.evaluate(async () => (await fetch('/api/v1/audit-entries')).status);
        await open(page, `${server.origin}/audit-log`);
        if (refused === 403) await page.getByText('permission_missing').waitFor();
        assert.deepEqual(second.faults, []);
      } finally {
        await second.close();
      }
    });
  });

  describe('the keyboard', () => {
    it('g s goes to the stations, j and Enter open a row, / searches, ? shows the keys', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/books`);
      await page.keyboard.press('g');
      await page.keyboard.press('s');
      await page.getByRole('heading', { name: 'Stations', exact: true }).waitFor();
      await page.getByRole('link', { name: /Riverside/ }).waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/stations\/sta_/);
      await page.keyboard.press('/');
      await page.getByRole('listbox').waitFor();
      await page.keyboard.type('hopper');
      await page.getByRole('option', { name: /Grace Hopper/ }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Grace Hopper' }).waitFor();
      await page.getByRole('listbox').waitFor({ state: 'detached' });
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await page.keyboard.press('Escape');
    });
  });

  describe('every page', () => {
    const pages = ['/', '/stations', '/sessions', '/members', '/tariffs', '/books', '/approvals', '/audit-log', '/users', '/users?tab=mine'];
    for (const [theme, language] of [['light', 'en'], ['dark', 'zh']] as const) {
      it(`has no serious accessibility violation (${theme}, ${language})`, async () => {
        const { page } = browser;
        await open(page, `${server.origin}/sessions`);
        const session = await page.locator('table.data tbody tr.row a').nth(9).getAttribute('href');
        await open(page, `${server.origin}/members`);
        const member = await page.locator('table.data tbody tr.row a').first().getAttribute('href');
        const { stationId, chargePoints: [point] } = world.stations[0]!;
        const objects = [session, member, `/stations/${encodeId('sta', stationId)}`, `/charge-points/${encodeId('cp', point!.chargePointId)}`];
        await prefer(page, { theme, language });
        for (const path of [...pages, ...objects]) {
          await open(page, `${server.origin}${path}`);
          assert.deepEqual(await violations(page), [], `${path} (${theme}, ${language})`);
        }
        await prefer(page, { theme: 'light', language: 'en' });
      });
    }

    it('fits a telephone: nothing is wider than the screen', async () => {
      const { page } = browser;
      await page.setViewportSize({ width: 360, height: 740 });
      for (const path of pages) {
        await open(page, `${server.origin}${path}`);
        const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
        assert.ok(width <= 360, `${path} is ${width} px wide`);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    });

    it('speaks Chinese and darkens at a click, and remembers both', async () => {
      const { page } = browser;
      await prefer(page, { theme: 'light', language: 'en' });
      await open(page, `${server.origin}/stations`);
      await page.getByRole('button', { name: 'Display' }).click();
      await page.getByText('中文', { exact: true }).click();
      await page.getByRole('heading', { name: '站点' }).waitFor();
      await page.getByText('深色', { exact: true }).click();
      await page.reload();
      await page.getByRole('heading', { name: '站点' }).waitFor();
      assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark');
      assert.equal(await page.evaluate('document.documentElement.lang'), 'zh-CN');
      await prefer(page, { theme: 'light', language: 'en' });
    });

    it('has thrown nothing in all of this', () => { assert.deepEqual(browser.faults, []); });
  });
});

const cents = (text: string): number => Number(text.replace(/[^\d]/g, ''));
