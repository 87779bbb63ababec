/**
 * The channels of this process: an adapter for each merchant account that is used, with one limiter and one breaker that outlive changes of its settings. A new version
 * of the settings counts everywhere within `SETTINGS_AGE_MS_MAX`, without a restart (P-06, P-18).
 */
import { randomBytes } from 'node:crypto';
import { assert, MS_PER_SECOND, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { Metrics } from '../../../platform/metrics/index.ts';
import { listOperators, loadOperator } from '../../parties/index.ts';
import type { Outcome } from '../domain/channel.ts';
import type { Environment } from '../domain/order-number.ts';
import { insertProbe, readMerchantAccounts, resolveNotifyKey, type MerchantAccount } from '../store/merchant-accounts.ts';
import { createChannel } from './adapters.ts';
import type { AccountHealth, ChannelAccount, Channels } from './channels.ts';
import { createCaller, type Caller, type CallObserver } from './caller.ts';
import { KeyFault, openKeyRing } from './keys.ts';
import { identityOf, type AccountSettings } from './settings.ts';

/** How old the settings of an account may be when they are used. */
export const SETTINGS_AGE_MS_MAX = MS_PER_SECOND;
/** Keys are read again this often: whoever replaces a key file sees the new key used within this time. */
export const KEYS_AGE_MS_MAX = 30 * MS_PER_SECOND;
/** How long the first use of an account waits for platform certificates; later they come with the next call. */
const FIRST_KEYS_MS_MAX = 2 * MS_PER_SECOND;
const PROBES_AT_ONCE_MAX = 4;

export type ChannelsOptions = {
  readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly metrics?: Metrics; readonly fetch?: typeof fetch;
  /** Folder with a folder of keys for each operator, named by its code. */
  readonly keysFolder: string;
  /** Origin at which channels reach this installation. */
  readonly notifyOrigin: string;
  readonly environmentVariables?: Readonly<Record<string, string | undefined>>;
  readonly keysAgeMsMax?: number; readonly settingsAgeMsMax?: number;
};

/** Settings that are not in force yet, to be tried out. */
export type TriedSettings = { readonly merchantAccountId: string; readonly environment: Environment; readonly notifyKey: string; readonly settings: AccountSettings };

/** What the parts that manage accounts may do beside using them. */
export type ChannelDesk = Channels & {
  /** Asks the channel, with these settings and keys, something harmless. Nothing is kept. */
  tryOut(operatorId: OperatorId, tried: TriedSettings): Promise<Outcome<null>>;
  /** Asks the channel whether the settings in force are right, and keeps what it says. */
  probeAccount(operatorId: OperatorId, merchantAccountId: string, probedBy: string): Promise<Outcome<null>>;
  /** All enabled accounts of all operators: at start. A refusal is logged as an error and shows in the metrics. */
  probeAll(probedBy: string): Promise<{ readonly confirmed: number; readonly refused: number; readonly unknown: number }>;
  /** Reads keys again now. */
  reloadKeys(): Promise<void>;
};

type Entry = { readonly caller: Caller; account: ChannelAccount; checkedAt: number };
const keyOf = (operatorId: OperatorId, merchantAccountId: string): string => `${operatorId} ${merchantAccountId}`;
const monotonicMs = (): number => performance.now();

export function createChannels(options: ChannelsOptions): ChannelDesk {
  const { database, logger } = options;
  const accounts = openAccounts(options), notifyKeys = new Map<string, { operatorId: OperatorId; merchantAccountId: string }>();
  const reloadKeys = async (): Promise<void> => { await Promise.all([...accounts.entries.values()].map(({ account }) => readKeys(account.channel, logger, account.merchantAccountId))); };
  const timer = setInterval(() => { reloadKeys().catch((error: unknown) => logger.error({ error }, 'reading the keys of channels again failed')); }, options.keysAgeMsMax ?? KEYS_AGE_MS_MAX);
  timer.unref();
  return {
    forAccount: accounts.forAccount, reloadKeys, ...openProbing(options, accounts),
    accountsOf: async (operatorId) => Promise.all((await accounts.rows(operatorId, null)).map(async (row) => (await accounts.entryOf(row)).account)),
    async resolveNotifyKey(notifyKey) {
      if (!/^[0-9a-z]{26}$/.test(notifyKey)) return null;
      const known = notifyKeys.get(notifyKey) ?? await resolveNotifyKey(database.untenanted, notifyKey);
      if (known !== null) notifyKeys.set(notifyKey, known);
      return known;
    },
    health: () => [...accounts.entries.values()].map(healthOf),
    async close() {
      clearInterval(timer);
      await accounts.close();
    },
  };
}

type Accounts = {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly rows: (operatorId: OperatorId, only: readonly string[] | null) => Promise<MerchantAccount[]>;
  /** The entry in the row's version; of several that ask at once one opens it. */
  readonly entryOf: (row: MerchantAccount) => Promise<Entry>;
  readonly forAccount: Channels['forAccount'];
  /** An adapter with its keys read. */
  readonly build: (row: TriedSettings & { readonly operatorId: OperatorId }, caller: Caller) => Promise<Pick<ChannelAccount, 'channel' | 'notifyUrl'>>;
  readonly close: () => Promise<void>;
};

function openAccounts(options: ChannelsOptions): Accounts {
  const { database, logger, settingsAgeMsMax = SETTINGS_AGE_MS_MAX } = options;
  const entries = new Map<string, Entry>(), opening = new Map<string, Promise<Entry>>(), codes = new Map<OperatorId, string>();
  const observe = observeCalls(options.metrics, entries);
  const codeOf = async (operatorId: OperatorId): Promise<string> => {
    const known = codes.get(operatorId) ?? (await database.forOperator(operatorId).transaction((tx) => loadOperator(tx))).code;
    codes.set(operatorId, known);
    return known;
  };
  const build: Accounts['build'] = async (row, caller) => {
    const notifyUrl = `${row.settings.notifyOrigin ?? options.notifyOrigin}/notify/${row.notifyKey}`;
    const keys = openKeyRing({ folder: options.keysFolder, operatorCode: await codeOf(row.operatorId), ...(options.environmentVariables ? { environment: options.environmentVariables } : {}) });
    const channel = createChannel({ settings: row.settings, notifyUrl, keys, transport: caller.transport, clock: options.clock, environment: row.environment, random: randomBytes });
    await atMost(FIRST_KEYS_MS_MAX, readKeys(channel, logger, row.merchantAccountId));
    return { channel, notifyUrl };
  };
  const open = async (row: MerchantAccount, before: Entry | undefined): Promise<Entry> => {
    const caller = before?.caller ?? createCaller({ ...options, limits: row.settings.limits, observer: observe(row.merchantAccountId), monotonicMs, logger: logger.child({ merchantAccountId: row.merchantAccountId }) });
    caller.setLimits(row.settings.limits);
    // A change of limits alone leaves the adapter, with the certificates that it has.
    const kept = before && identityOf(before.account.settings) === identityOf(row.settings) && before.account.settings.notifyOrigin === row.settings.notifyOrigin ? before.account : null;
    const { channel, notifyUrl } = kept ?? await build(row, caller);
    const { merchantId: merchant, appId: app } = row.settings;
    const { operatorId, merchantAccountId, name, kind, environment, enabled, version, settings } = row;
    if (kept === null) await before?.account.channel.close();
    return { caller, checkedAt: monotonicMs(), account: { operatorId, merchantAccountId, name, kind, environment, enabled, version, settings, notifyUrl, merchant, app, channel } };
  };
  const entryOf: Accounts['entryOf'] = (row) => {
    const key = keyOf(row.operatorId, row.merchantAccountId), before = entries.get(key), under = `${key} ${row.version}`;
    if (before && before.account.version >= row.version) {
      before.checkedAt = monotonicMs();
      return Promise.resolve(before);
    }
    const promise = opening.get(under) ?? open(row, before).then((entry) => {
      if ((entries.get(key)?.account.version ?? 0) < entry.account.version) entries.set(key, entry);
      return entry;
    }).finally(() => opening.delete(under));
    opening.set(under, promise);
    return promise;
  };
  const rows: Accounts['rows'] = (operatorId, only) => database.forOperator(operatorId).transaction((tx) => readMerchantAccounts(tx, only));
  return {
    entries, rows, entryOf, build,
    async forAccount(operatorId, merchantAccountId) {
      const known = entries.get(keyOf(operatorId, merchantAccountId));
      if (known && monotonicMs() - known.checkedAt < settingsAgeMsMax) return known.account;
      const [row] = await rows(operatorId, [merchantAccountId]);
      assert(row, `no such merchant account: ${merchantAccountId}`);
      return (await entryOf(row)).account;
    },
    async close() {
      await Promise.allSettled(opening.values());
      for (const { caller, account } of entries.values()) {
        caller.close();
        await account.channel.close();
      }
    },
  };
}

function openProbing(options: ChannelsOptions, accounts: Accounts): Pick<ChannelDesk, 'tryOut' | 'probeAccount' | 'probeAll'> {
  const { database, clock, logger } = options;
  const refusedGauge = options.metrics?.gauge('kirchhoff_channel_account_refused', 'Whether the channel refused the settings of an account when last asked: 1 is an alert.', ['account']);
  const probeAccount = async (operatorId: OperatorId, merchantAccountId: string, probedBy: string): Promise<Outcome<null>> => {
    const { channel, version } = await accounts.forAccount(operatorId, merchantAccountId);
    await readKeys(channel, logger, merchantAccountId);
    const outcome = await channel.probe();
    await database.forOperator(operatorId).transaction((tx) => insertProbe(tx, { merchantAccountId, version, outcome, probedBy, at: clock.now() }));
    refusedGauge?.set({ account: merchantAccountId }, outcome.kind === 'refused' ? 1 : 0);
    if (outcome.kind === 'refused') logger.error({ merchantAccountId, reason: outcome.reason, channelCode: outcome.channelCode, detail: outcome.message }, 'the channel refuses the settings of a merchant account');
    return outcome;
  };
  return {
    probeAccount,
    async tryOut(operatorId, tried) {
      const caller = createCaller({ ...options, limits: tried.settings.limits, observer: () => undefined, monotonicMs });
      try {
        const { channel } = await accounts.build({ ...tried, operatorId }, caller);
        return await channel.probe();
      } finally {
        caller.close();
      }
    },
    async probeAll(probedBy) {
      const counts = { confirmed: 0, refused: 0, unknown: 0 };
      for (const { operatorId } of await listOperators(database, 'merchant accounts are probed')) {
        const enabled = (await accounts.rows(operatorId, null)).filter((row) => row.enabled);
        for (let from = 0; from < enabled.length; from += PROBES_AT_ONCE_MAX) {
          const outcomes = await Promise.all(enabled.slice(from, from + PROBES_AT_ONCE_MAX).map(({ merchantAccountId }) => probeAccount(operatorId, merchantAccountId, probedBy)));
          for (const { kind } of outcomes) counts[kind]++;
        }
      }
      return counts;
    },
  };
}

const healthOf = ({ account: { operatorId, merchantAccountId, version }, caller }: Entry): AccountHealth => ({ operatorId, merchantAccountId, version, ...caller.health() });

/** A key that cannot be read is said and does not stop anything: calls that need it say so too. */
async function readKeys(channel: ChannelAccount['channel'], logger: Logger, merchantAccountId: string): Promise<void> {
  try {
    await channel.reloadKeys();
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error;
    logger.error({ merchantAccountId, fault: error.message }, 'a key of a merchant account cannot be read');
  }
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>(), timer = setTimeout(late.resolve, ms);
  await Promise.race([work.finally(() => clearTimeout(timer)), late.promise]);
}

/** Calls by account, act and outcome; how the breakers stand. */
function observeCalls(metrics: Metrics | undefined, entries: ReadonlyMap<string, Entry>): (account: string) => CallObserver {
  const calls = metrics?.counter('kirchhoff_channel_calls_total', 'Calls to payment channels by outcome: an HTTP status, or why there was none.', ['account', 'act', 'outcome']);
  metrics?.gauge('kirchhoff_channel_breaker_open', 'Whether the breaker of an account keeps calls back: 1 open, 0.5 trying, 0 closed.', ['account'], (gauge) => {
    for (const { account, caller } of entries.values()) gauge.set({ account: account.merchantAccountId }, { closed: 0, half_open: 0.5, open: 1 }[caller.health().breaker]);
  });
  return (account) => ({ act, outcome }) => calls?.inc({ account, act, outcome });
}
