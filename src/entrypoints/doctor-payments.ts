import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MS_PER_DAY, MS_PER_MINUTE, MS_PER_SECOND, toIso, type Instant } from '../kernel/index.ts';
import { ACCOUNT, createAccounts, createTransfers, ENERGY_LEDGER, transferId } from '../modules/ledger/index.ts';
import { listOperators } from '../modules/parties/index.ts';
import { inboxFigures, isKeyReference, outstandingFigures, seeMerchantAccounts, type SeenAccount } from '../modules/payments/index.ts';
import { newUuid, systemClock } from '../platform/clock/index.ts';
import type { Config } from '../platform/config/index.ts';
import type { Database } from '../platform/database/index.ts';
import type { Part } from './doctor-part.ts';

const NAMED_MAX = 10;
const INBOX_LATE_MS = 5 * MS_PER_SECOND, INBOX_DEAD_MS = 10 * MS_PER_MINUTE;

/** Notifications that are stored and not worked. */
export async function inboxParts(database: Database): Promise<Part[]> {
  const now = systemClock.now(), { waiting, oldestAt } = await inboxFigures(database, now);
  const lateMs = oldestAt === null ? 0 : Math.max(0, now - oldestAt);
  const found = waiting === 0n ? 'no notification waits to be worked' : `${waiting} notifications wait, the longest for ${Math.round(lateMs / 1_000)} s`;
  if (lateMs <= INBOX_LATE_MS) return [{ part: 'notifications', state: 'good', found }];
  return [{ part: 'notifications', state: lateMs > INBOX_DEAD_MS ? 'bad' : 'look', found, todo: 'is a process with the worker role running? They are stored, and worked as soon as one is' }];
}

/** Payments whose channel has to be asked again. */
export async function recoveryParts(database: Database): Promise<Part[]> {
  const { unresolved, overdue } = await outstandingFigures(database, systemClock.now());
  const found = `${unresolved} payments without a final answer, ${overdue} of them asked about too late`;
  return [{ part: 'recovery', state: overdue > 0n ? 'look' : 'good', found, ...(overdue > 0n ? { todo: 'docs/operations/lost-orders.md: no worker, a channel that is down, or more than its rate limit allows' } : {}) }];
}

class Undone extends Error {}
const BOOKING_MS_LOOK = 1_000;

/** Books a transfer, with everything that booking needs, and undoes it: nothing of it stays. */
export async function ledgerParts(database: Database): Promise<Part[]> {
  const [operator] = await listOperators(database, 'doctor books and undoes');
  if (operator === undefined) return [{ part: 'ledger', state: 'off', found: 'no operator yet' }];
  const startedMs = performance.now(), options = { clock: systemClock }, ids = [newUuid(), newUuid()].map((subject) => transferId('doctor', subject)) as [bigint, bigint];
  let status = 'not answered';
  await database.forOperator(operator.operatorId).transaction(async (tx) => {
    await createAccounts(tx, ids.map((id) => ({ id, ledger: ENERGY_LEDGER, code: ACCOUNT.grid_intake })), options);
    const [result] = await createTransfers(tx, [{ id: transferId('doctor', newUuid()), debitAccountId: ids[0], creditAccountId: ids[1], amount: 1n, ledger: ENERGY_LEDGER, code: 1 }], options);
    status = result?.status ?? 'not answered';
    throw new Undone();
  }).catch((error: unknown) => { if (!(error instanceof Undone)) throw error; });
  const tookMs = Math.round(performance.now() - startedMs);
  if (status !== 'created') return [{ part: 'ledger', state: 'bad', found: `a transfer to try it out is ${status}`, todo: '`kirchhoff audit` says whether the books balance' }];
  return [{ part: 'ledger', state: tookMs > BOOKING_MS_LOOK ? 'look' : 'good', found: `books (and undid it) within ${tookMs} ms`, ...(tookMs > BOOKING_MS_LOOK ? { todo: 'the line "pressure" and `kirchhoff doctor --slow` say what it waits for' } : {}) }];
}

type Seen = SeenAccount & { readonly operatorCode: string };

/** Each merchant account: what its channel said last, where its notifications go, and whether its keys are there. */
export async function channelParts(database: Database, of: { readonly keysFolder: string; readonly environment: Readonly<Record<string, string | undefined>> }): Promise<Part[]> {
  const accounts: Seen[] = [];
  for (const { operatorId, code } of await listOperators(database, 'doctor looks at merchant accounts')) {
    accounts.push(...(await database.forOperator(operatorId).transaction((tx) => seeMerchantAccounts(tx, []))).map((seen) => ({ ...seen, operatorCode: code })));
  }
  const enabled = accounts.filter(({ account }) => account.enabled);
  if (enabled.length === 0) return [{ part: 'channels', state: 'off', found: accounts.length === 0 ? 'no merchant account' : `${accounts.length} merchant accounts, none enabled` }];
  const now = systemClock.now();
  return enabled.flatMap((seen) => [channelPart(seen, now), notifyPart(seen), keyPart(seen, of)]);
}

const nameOf = ({ operatorCode, account }: Seen): string => `${operatorCode}/${account.name} (${account.kind}${account.environment === 'L' ? '' : ', test'})`;
/** An account of the test environment takes no money: it is worth a look at most. */
const dead = ({ account }: Seen): Part['state'] => (account.environment === 'L' ? 'bad' : 'look');

function channelPart(seen: Seen, now: Instant): Part {
  const part = 'channel', { probe } = seen.signs, name = nameOf(seen);
  if (probe === null || probe.version !== seen.account.version) return { part, state: 'look', found: `${name}: the channel was not asked about the settings in force`, todo: 'ask it: console, channels, "try out"; a process with the worker role asks at its start' };
  const said = `${name}: ${probe.outcome} at ${toIso(probe.probedAt)}${probe.message === null ? '' : `, ${probe.message}`}`;
  if (probe.outcome === 'refused') return { part, state: dead(seen), found: said, todo: 'merchant number, app or key is wrong: compare with the merchant platform' };
  if (probe.outcome === 'unknown') return { part, state: 'look', found: said, todo: 'the channel did not answer; ask again: console, channels, "try out"' };
  return { part, state: 'good', found: `${said}${now - probe.probedAt > 7 * MS_PER_DAY ? ' (a while ago)' : ''}` };
}

function notifyPart(seen: Seen): Part {
  const part = 'notify address', { notifyProbe, lastNotificationAt } = seen.signs, name = nameOf(seen);
  const last = lastNotificationAt === null ? 'no notification has come yet' : `the last notification came at ${toIso(lastNotificationAt)}`;
  if (notifyProbe === null || notifyProbe.outcome === null) return { part, state: 'look', found: `${name}: not probed yet, ${last}`, todo: 'the worker probes it daily and at its start' };
  const found = `${name}: ${notifyProbe.outcome} at ${notifyProbe.address}, ${last}`;
  return notifyProbe.outcome === 'arrived' ? { part, state: 'good', found } : { part, state: dead(seen), found, todo: 'docs/operations/lost-orders.md, "Many are missing"; payments are found by asking meanwhile' };
}

function keyPart(seen: Seen, { keysFolder, environment }: { readonly keysFolder: string; readonly environment: Readonly<Record<string, string | undefined>> }): Part {
  const part = 'channel keys', name = nameOf(seen);
  const wrong: string[] = [], open: string[] = [], references = [...new Set(referencesIn(seen.account.settings))];
  for (const reference of references) {
    const [kind, key] = [reference.slice(0, 3), reference.slice(reference.indexOf(':') + 1)];
    if (kind === 'env') {
      const variable = `KIRCHHOFF_CHANNEL_KEY__${seen.operatorCode.toUpperCase().replaceAll('-', '_')}__${key}`;
      if ((environment[variable] ?? '') === '') open.push(`${variable} is not set for this command; it has to be for the program`);
      continue;
    }
    const path = join(keysFolder, seen.operatorCode, key);
    if (!existsSync(path)) wrong.push(`${path} is missing`);
    else if ((statSync(path).mode & 0o077) !== 0) open.push(`${path} can be read by others`);
  }
  if (wrong.length > 0) return { part, state: dead(seen), found: `${name}: ${wrong.slice(0, NAMED_MAX).join('\n')}`, todo: 'put the key there (it counts within half a minute), or correct its name in the settings' };
  if (open.length > 0) return { part, state: 'look', found: `${name}: ${open.slice(0, NAMED_MAX).join('\n')}`, todo: 'chmod 600 the file; a variable belongs into the environment of the program' };
  return { part, state: 'good', found: `${name}: ${references.length} keys are in place` };
}

function referencesIn(value: unknown): string[] {
  if (typeof value === 'string') return isKeyReference(value) ? [value] : [];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(referencesIn) : [];
}

export const keysFolderOf = (config: Pick<Config, 'payments.keysFolder' | 'data.folder'>): string => config['payments.keysFolder'] ?? join(config['data.folder'], 'channel-keys');
