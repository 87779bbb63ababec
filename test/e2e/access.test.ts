import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addMs, encodeId, MS_PER_DAY } from '../../src/kernel/index.ts';
import { createUser } from '../../src/modules/access/index.ts';
import { bindStation } from '../../src/modules/locations/index.ts';
import { createMember, createSubOperator } from '../../src/modules/parties/index.ts';
import { listActs } from '../../src/platform/audit-log/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { logIn, open, openBrowser, violations, type Browser } from './browser.ts';
import type { ConsoleServer } from './console-server.ts';
import { openSeededConsole, type SeededConsole } from './seeded-console.ts';
import { LOG_IN, type SeededWorld } from './seeded-world.ts';

const test = await openTestDatabase();
const PARTNER = { logInName: 'partner', password: LOG_IN.password };
let world: SeededWorld;
let server: ConsoleServer;
let browser: Browser;
let opened: SeededConsole | undefined;

/** The first station has been North's for a month. */
async function addPartner({ operatorId, stations: [first] }: SeededWorld): Promise<void> {
  const { stationId } = first!;
  await test.database.forOperator(operatorId).transaction(async (tx) => {
    const north = await createSubOperator(tx, { name: 'North Energy' });
    assert.ok(north.ok);
    assert.ok((await bindStation(tx, { stationId, subOperatorId: north.value, validFrom: addMs(systemClock.now(), -30 * MS_PER_DAY) })).ok);
    await createMember(tx, { displayName: 'Member of North', subOperatorId: north.value });
    assert.ok((await createUser(tx, { ...PARTNER, displayName: 'Lu Min', roles: [{ role: 'clerk', subOperatorId: north.value }] }, { clock: systemClock })).ok);
  });
}

describe('access in the console', () => {
  before(async () => {
    opened = await openSeededConsole(test.database, (seeded) => addPartner(seeded));
    ({ world, server, browser } = opened);
  });
  after(() => opened?.close());

  describe('a person who works for a sub-operator', () => {
    let partner: Browser;
    before(async () => { partner = await openBrowser(); await logIn(partner.page, server.origin, PARTNER); });
    after(() => partner.close());

    it('finds in the menu what they may see, and nothing else', async () => {
      const { page } = partner;
      await page.locator('nav .nav-link').first().waitFor();
      assert.deepEqual(await page.locator('.shell-nav.fixed nav .nav-link').allInnerTexts(), ['Overview', 'Stations', 'Sessions', 'Abnormal bills', 'Members', 'Tariffs', 'Reports', 'Statements', 'Users']);
    });

    it('reads overview, stations, sessions, bills, members and tariffs of its own part', async () => {
      const { page } = partner;
      await open(page, `${server.origin}/`);
      await page.getByText('Energy today').waitFor();
      await open(page, `${server.origin}/stations`);
      await page.getByRole('link', { name: /Riverside/ }).waitFor();
      assert.equal(await page.getByRole('link', { name: /North Bus|East Rail/ }).count(), 0);
      await open(page, `${server.origin}/members`);
      await page.getByRole('link', { name: 'Member of North' }).waitFor();
      assert.equal(await page.locator('table.data tbody tr.row').count(), 1);
      await open(page, `${server.origin}/tariffs`);
      await page.getByRole('heading', { name: /City time of use/ }).waitFor();
      assert.equal(await page.getByText('Bus depot').count(), 0);
      await open(page, `${server.origin}/sessions`);
      await page.locator('table.data tbody tr.row').first().waitFor();
      const points = await page.locator('table.data tbody tr.row td:nth-child(3) .cell-main').allInnerTexts();
      assert.ok(points.length > 5 && points.every((identity) => identity.startsWith('VC-RP')), points.join());
      await page.locator('table.data tbody tr.row a').nth(5).click();
      await page.getByRole('heading', { name: 'The price, line by line' }).waitFor();
      assert.equal(await page.locator('.ant-alert-error').count(), 0);
    });

    it('is told that a foreign station does not exist', async () => {
      const { page } = partner;
      const foreign = world.stations[1]!;
      await open(page, `${server.origin}/stations/${encodeId('sta', foreign.stationId)}`);
      await page.getByText('station_not_found').waitFor();
      await open(page, `${server.origin}/charge-points/${encodeId('cp', foreign.chargePoints[0]!.chargePointId)}`);
      await page.getByText('charge_point_not_found').waitFor();
    });

    it('registers members of its own part', async () => {
      const { page } = partner;
      await open(page, `${server.origin}/members`);
      await page.getByRole('button', { name: 'New member' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('Nora of North');
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
      await page.getByRole('heading', { name: 'Nora of North' }).waitFor();
      assert.deepEqual(partner.faults, []);
    });
  });

  describe('roles', () => {
    it('are made from a built-in one, given for one sub-operator, changed, and retired, each act in the log', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/users?tab=roles`);
      await page.getByRole('button', { name: 'Show Clerk' }).click();
      await page.getByRole('button', { name: 'Make your own from it' }).click();
      const editor = page.getByRole('dialog', { name: 'New role' });
      await editor.getByLabel('Role', { exact: true }).fill('Night shift');
      await editor.getByRole('checkbox', { name: 'Top up at the cash desk' }).uncheck();
      assert.deepEqual(await violations(page), []);
      await editor.getByRole('button', { name: 'Create' }).click();
      await page.getByText('Night shift can be given to users.').waitFor();
      await open(page, `${server.origin}/users`);
      await page.getByRole('button', { name: 'Show partner' }).click();
      await page.getByRole('button', { name: 'Change roles' }).click();
      const roles = page.getByRole('dialog', { name: 'Change roles' });
      await roles.getByRole('checkbox', { name: /Night shift/ }).check();
      await roles.getByRole('combobox', { name: 'Night shift: Where' }).click();
      await page.locator('.ant-select-dropdown:visible .ant-select-item-option-content', { hasText: 'North Energy' }).click();
      await page.locator('.ant-select-dropdown:visible .ant-select-item-option-content', { hasText: 'everywhere' }).click();
      await page.keyboard.press('Escape');
      await roles.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Lu Min has these roles at once.').waitFor();
      await page.getByText('Night shift (North Energy)').first().waitFor();
      await open(page, `${server.origin}/users?tab=roles`);
      await page.getByRole('button', { name: 'Edit role Night shift' }).click();
      await page.getByText('1 users have this role.').waitFor();
      await page.getByRole('dialog').getByRole('checkbox', { name: 'See tariffs' }).uncheck();
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByText('Night shift is changed').waitFor();
      await page.getByRole('button', { name: 'Retire Night shift' }).click();
      await page.locator('.ant-modal-confirm').getByRole('button', { name: 'Retire' }).click();
      await page.getByText('Night shift is retired.').waitFor();
      const acts = await test.database.forOperator(world.operatorId).transaction((tx) => listActs(tx, { act: 'access' }, 20));
      for (const act of ['access.create_role', 'access.assign_roles', 'access.change_role', 'access.retire_role']) assert.ok(acts.some((each) => each.act === act), act);
    });
  });

  describe('API clients', () => {
    it('get a key that is shown once, from chosen addresses only, and end for good', async () => {
      const { page } = browser;
      await open(page, `${server.origin}/users?tab=clients`);
      await page.getByRole('button', { name: 'New API client' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Program').fill('Energy reports');
      await dialog.getByLabel('Allowed addresses').fill('127.0.0.1');
      await dialog.getByRole('checkbox', { name: 'See charging sessions and bills' }).check();
      await dialog.getByRole('button', { name: 'Create' }).click();
      await page.getByText('It is shown this once').waitFor();
      const key = await page.locator('pre.raw').innerText();
      await page.getByRole('button', { name: 'I have noted it' }).click();
      const call = async (path: string) => (await fetch(`${server.origin}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } })).status;
      assert.deepEqual([await call('/sessions'), await call('/members')], [200, 403]);
      await page.getByRole('button', { name: 'Addresses Energy reports' }).click();
      await page.getByRole('dialog').getByLabel('Allowed addresses').fill('203.0.113.0/24');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByText('Energy reports may be used from there only, from now on.').waitFor();
      assert.equal(await call('/sessions'), 403);
      await page.getByRole('button', { name: 'End Energy reports' }).click();
      await page.locator('.ant-modal-confirm').getByRole('button', { name: 'End' }).click();
      await page.getByText('Energy reports has ended.').waitFor();
      assert.equal(await call('/sessions'), 401);
      assert.deepEqual(browser.faults, []);
    });
  });
});
