import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { LOG_IN } from './seeded-world.ts';

const CHROMIUM = process.env.KIRCHHOFF_CHROMIUM ?? '/usr/bin/chromium';
/** The machine talks to nobody: what a browser does of its own accord in the background is switched off. */
const ARGUMENTS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** A shared build machine is slow at times; a hang still ends. */
export const STEP_MS_MAX = 20_000;

export type Browser = { readonly context: BrowserContext; readonly page: Page; readonly faults: string[]; close(): Promise<void> };

/** A real Chromium with a profile of its own. `faults` collects what the page threw; a test that ends without looking at it misses bugs. */
export async function openBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'kirchhoff-browser-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args: ARGUMENTS, viewport: { width: 1280, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce' });
  context.setDefaultTimeout(STEP_MS_MAX);
  const page = context.pages()[0] ?? await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  return { context, page, faults, close: async () => { await context.close(); await rm(profile, { recursive: true, force: true }); } };
}

/** Logs in and waits for the frame of the console. */
export async function logIn(page: Page, origin: string, user: { logInName: string; password: string } = LOG_IN): Promise<void> {
  await page.goto(`${origin}/login`);
  await fillLogIn(page, user);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('.shell').waitFor();
}

export async function fillLogIn(page: Page, { logInName, password }: { logInName: string; password: string }): Promise<void> {
  await page.getByLabel('Operator code').fill(LOG_IN.operatorCode);
  await page.getByLabel('User name').fill(logInName);
  await page.getByLabel('Password', { exact: true }).fill(password);
}

/** Remembers language, theme and density as the display menu does. */
export async function prefer(page: Page, preferences: { language?: 'en' | 'zh'; theme?: 'light' | 'dark'; density?: 'comfortable' | 'compact' }): Promise<void> {
  await page.evaluate((text) => localStorage.setItem('kirchhoff.preferences', text), JSON.stringify(preferences));
}

/** Opens an address and waits until nothing is being fetched for the first paint. */
export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator('.page h1').first().waitFor();
  await page.locator('.ant-skeleton').first().waitFor({ state: 'detached' }).catch(() => undefined); // The stream of events never ends, so the network is never idle.
}

/** Serious and critical accessibility violations as sentences. */
export async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze();
  return found.filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
    .map((violation) => `${violation.id}: ${violation.help}: ${violation.nodes.slice(0, 3).map((node) => `${String(node.target)} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
}
