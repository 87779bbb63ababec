import { assert, type Instant, type OperatorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Queryable, type Tx } from '../../../platform/database/index.ts';
import type { AccountSettings } from '../channels/settings.ts';
import type { ChannelKind, Outcome } from '../domain/channel.ts';
import type { Environment } from '../domain/order-number.ts';
import type { ProbeOutcome } from './notify-probes.ts';

/** A merchant's account at a channel with the version of its settings that is in force. */
export type MerchantAccount = {
  readonly operatorId: OperatorId; readonly merchantAccountId: string; readonly kind: ChannelKind; readonly environment: Environment; readonly name: string; readonly notifyKey: string;
  readonly recordedAt: Instant;
} & AccountVersion;
export type AccountVersion = {
  readonly version: number; readonly settings: AccountSettings; readonly enabled: boolean; readonly changedBy: string; readonly reason: string | null; readonly changedAt: Instant;
};

const VERSION = 'v.version, v.settings, v.enabled, v.changed_by as "changedBy", v.reason, v.recorded_at as "changedAt"';

/** Oldest first. @param only narrows to these. */
export async function readMerchantAccounts(tx: Tx, only: readonly string[] | null = null): Promise<MerchantAccount[]> {
  return tx.query<MerchantAccount>({
    name: 'payments_merchant_accounts',
    text: `select a.operator_id as "operatorId", a.merchant_account_id as "merchantAccountId", a.channel as kind, a.environment, a.name, a.notify_key as "notifyKey", a.recorded_at as "recordedAt", ${VERSION}
      from payments.merchant_account a cross join lateral (
        select * from payments.merchant_account_version n where n.operator_id = a.operator_id and n.merchant_account_id = a.merchant_account_id order by n.version desc limit 1) v
      where a.operator_id = any ($1::uuid[]) and ($2::uuid[] is null or a.merchant_account_id = any ($2)) order by a.merchant_account_id`,
  }, [tx.operatorIds, only]);
}

/** @returns false when the operator has an account of that name. */
export async function insertMerchantAccount(tx: Tx, account: Omit<MerchantAccount, 'operatorId' | 'recordedAt' | 'changedAt'> & { readonly at: Instant }): Promise<boolean> {
  assert(tx.operatorIds.length === 1, 'a merchant account belongs to one operator');
  const inserted = await tx.execute(
    `insert into payments.merchant_account (operator_id, merchant_account_id, channel, environment, name, notify_key, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict on constraint merchant_account_name do nothing`,
    [tx.operatorIds[0], account.merchantAccountId, account.kind, account.environment, account.name, account.notifyKey, sqlTimestamp(account.at)]);
  if (inserted === 0) return false;
  await insertVersion(tx, account);
  const [registered] = await tx.query<{ registered: boolean }>('select payments.register_notify_key($1, $2) as registered', [account.notifyKey, account.merchantAccountId]);
  assert(registered?.registered, 'a notify key of 128 random bits is nobody else\'s');
  return true;
}

/** @returns false when that version is there already: somebody else changed the account. */
export async function insertVersion(tx: Tx, version: Omit<AccountVersion, 'changedAt'> & { readonly merchantAccountId: string; readonly at: Instant }): Promise<boolean> {
  const inserted = await tx.execute(
    `insert into payments.merchant_account_version (operator_id, merchant_account_id, version, settings, enabled, changed_by, reason, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [tx.operatorIds[0], version.merchantAccountId, version.version, JSON.stringify(version.settings), version.enabled, version.changedBy, version.reason, sqlTimestamp(version.at)]);
  return inserted === 1;
}

/** Newest first, below `before`. */
export async function readVersions(tx: Tx, page: { readonly merchantAccountId: string; readonly before: number | null; readonly limit: number }): Promise<AccountVersion[]> {
  return tx.query<AccountVersion>(
    `select ${VERSION} from payments.merchant_account_version v
     where v.operator_id = any ($1::uuid[]) and v.merchant_account_id = $2 and ($3::int is null or v.version < $3) order by v.version desc limit $4`,
    [tx.operatorIds, page.merchantAccountId, page.before, page.limit]);
}

/** What the channel said when it was asked whether the settings are right. */
export type AccountProbe = {
  readonly merchantAccountId: string; readonly version: number | null; readonly outcome: Outcome<null>['kind']; readonly reason: string | null; readonly channelCode: string | null;
  readonly message: string | null; readonly probedBy: string; readonly probedAt: Instant;
};

const MESSAGE_LENGTH_MAX = 500;

/** @param version null for settings that were tried out and are not in force. */
export async function insertProbe(tx: Tx, { merchantAccountId, version, outcome, probedBy, at }: { merchantAccountId: string; version: number | null; outcome: Outcome<null>; probedBy: string; at: Instant }): Promise<void> {
  await tx.execute(
    `insert into payments.merchant_account_probe (operator_id, probe_id, merchant_account_id, version, outcome, reason, channel_code, message, probed_by, probed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [tx.operatorIds[0], newUuid(), merchantAccountId, version, outcome.kind, outcome.kind === 'confirmed' ? null : outcome.reason, outcome.kind === 'refused' ? outcome.channelCode : null,
      outcome.kind === 'confirmed' ? null : outcome.message.slice(0, MESSAGE_LENGTH_MAX), probedBy, sqlTimestamp(at)]);
}

/** The last probe of each account's settings in force, and of its notify address; when the last genuine notification came. */
export type AccountSigns = { readonly probe: AccountProbe | null; readonly lastNotificationAt: Instant | null; readonly notifyProbe: NotifyProbe | null };
export type NotifyProbe = { readonly outcome: ProbeOutcome | null; readonly address: string; readonly sentAt: Instant; readonly arrivedAt: Instant | null };

export async function readSigns(tx: Tx, merchantAccountIds: readonly string[]): Promise<Map<string, AccountSigns>> {
  const rows = await tx.query<{ id: string; lastNotificationAt: Instant | null; notifyOutcome: ProbeOutcome | null; notifyAddress: string | null; notifySentAt: Instant | null; notifyArrivedAt: Instant | null } & AccountProbe>(
    `select a.merchant_account_id as id, n.received_at as "lastNotificationAt", w.outcome as "notifyOutcome", w.address as "notifyAddress", w.sent_at as "notifySentAt", w.arrived_at as "notifyArrivedAt",
       p.merchant_account_id as "merchantAccountId", p.version, p.outcome, p.reason, p.channel_code as "channelCode", p.message, p.probed_by as "probedBy", p.probed_at as "probedAt"
     from payments.merchant_account a
     left join lateral (select received_at from payments.notification x where x.operator_id = a.operator_id and x.merchant_account_id = a.merchant_account_id and x.verdict = 'verified' order by x.received_at desc limit 1) n on true
     left join lateral (select * from payments.notify_probe x where x.operator_id = a.operator_id and x.merchant_account_id = a.merchant_account_id order by x.sent_at desc limit 1) w on true
     left join lateral (select * from payments.merchant_account_probe x where x.operator_id = a.operator_id and x.merchant_account_id = a.merchant_account_id and x.version is not null order by x.probed_at desc limit 1) p on true
     where a.operator_id = any ($1::uuid[]) and a.merchant_account_id = any ($2::uuid[])`, [tx.operatorIds, merchantAccountIds]);
  return new Map(rows.map(({ id, lastNotificationAt, notifyOutcome, notifyAddress, notifySentAt, notifyArrivedAt, ...probe }) => [id, {
    lastNotificationAt, probe: probe.probedAt === null ? null : probe,
    notifyProbe: notifySentAt === null ? null : { outcome: notifyOutcome, address: notifyAddress!, sentAt: notifySentAt, arrivedAt: notifyArrivedAt },
  }]));
}

export async function resolveNotifyKey(database: Queryable, notifyKey: string): Promise<{ operatorId: OperatorId; merchantAccountId: string } | null> {
  const [row] = await database.query<{ operatorId: OperatorId; merchantAccountId: string }>({
    name: 'payments_resolve_notify_key', text: 'select operator_id as "operatorId", merchant_account_id as "merchantAccountId" from payments.resolve_notify_key($1)',
  }, [notifyKey]);
  return row ?? null;
}

