import { Type } from 'typebox';
import type { Tx } from '../../../platform/database/index.ts';
import { loadActorNames, recordAct, type Actor, type NameActors } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, InstantJson, instantToJson, NullOr, Page, pageQuery, toPage, type Api } from '../../../platform/http/index.ts';
import type { ChannelDesk } from '../channels/registry.ts';
import type { SettingsRules } from '../channels/settings.ts';
import { ACCOUNT_NAME_LENGTH_MAX, addMerchantAccount } from '../commands/add-merchant-account.ts';
import { changeMerchantAccount } from '../commands/change-merchant-account.ts';
import { probeNotifyAddress } from '../jobs/probe-notify-addresses.ts';
import { seeMerchantAccounts, type SeenAccount } from '../queries/merchant-accounts.ts';
import { readMerchantAccounts, readVersions, type MerchantAccount } from '../store/merchant-accounts.ts';
import { AccountJson, accountToJson, NotifyProbeJson, ProbeJson, SettingsJson, settingsFromJson, VersionJson, versionToJson } from './channel-schemas.ts';
import { EnvironmentJson } from './order-json.ts';

const tag = 'payments';
const params = Type.Object({ merchantAccountId: IdJson('mch') });
const reason = Type.Optional(NullOr(Type.String({ maxLength: 500 })));
const accountId = (text: string): string => idFromJson('mch', text, 'merchant_account_not_found');
const actorText = ({ kind, ...actor }: Actor): string => ('id' in actor ? `${kind}:${actor.id}` : kind);

export type ChannelRouteOptions = { readonly channels: ChannelDesk; readonly rules: SettingsRules; readonly notifyOrigin: string; readonly nameActors: NameActors };

export function registerChannelRoutes(api: Api, options: ChannelRouteOptions): void {
  registerReading(api, options);
  registerAdding(api, options);
  registerChanging(api, options);
  registerProbing(api, options);
}

async function seen(tx: Tx, { channels, nameActors, notifyOrigin }: ChannelRouteOptions, only: readonly string[] | null) {
  const accounts = await seeMerchantAccounts(tx, channels.health(), only);
  const { nameOrKept: nameOf } = await loadActorNames(tx, nameActors, accounts.map(({ account }) => account.changedBy));
  return accounts.map((each: SeenAccount) => accountToJson(each, { nameOf, notifyOrigin }));
}
async function seenOne(tx: Tx, options: ChannelRouteOptions, merchantAccountId: string) {
  const [account] = await seen(tx, options, [merchantAccountId]);
  if (account === undefined) throw problem('merchant_account_not_found');
  return account;
}

function registerReading(api: Api, options: ChannelRouteOptions): void {
  api.route({
    method: 'GET', path: '/merchant-accounts', operationId: 'listMerchantAccounts', tag, summary: 'Merchant accounts at payment channels, with their settings in force and whether they work',
    permission: 'settings:read', audience: 'operator', response: Type.Object({ items: Type.Array(AccountJson) }),
    handler: async (tx) => ({ items: await seen(tx, options, null) }),
  });
  api.route({
    method: 'GET', path: '/merchant-accounts/:merchantAccountId', operationId: 'getMerchantAccount', tag, summary: 'One merchant account',
    permission: 'settings:read', audience: 'operator', params, response: AccountJson, errors: ['merchant_account_not_found'],
    handler: (tx, call) => seenOne(tx, options, accountId(call.params.merchantAccountId)),
  });
  api.route({
    method: 'GET', path: '/merchant-accounts/:merchantAccountId/versions', operationId: 'listMerchantAccountVersions', tag, summary: 'Every version of the settings, newest first: who changed what, when and why',
    permission: 'settings:read', audience: 'operator', params, query: Type.Object({ ...pageQuery }), response: Page(VersionJson), errors: ['merchant_account_not_found'],
    handler: async (tx, call) => {
      const merchantAccountId = accountId(call.params.merchantAccountId), cursor = decodeCursor(call.query.cursor, ['number']);
      if ((await readMerchantAccounts(tx, [merchantAccountId])).length === 0) throw problem('merchant_account_not_found');
      const versions = await readVersions(tx, { merchantAccountId, before: cursor?.[0] ?? null, limit: call.query.limit + 1 });
      const { nameOrKept: nameOf } = await loadActorNames(tx, options.nameActors, versions.map(({ changedBy }) => changedBy));
      return toPage(versions, call.query.limit, (each) => versionToJson(each, nameOf), (each) => [each.version]);
    },
  });
}

function registerAdding(api: Api, options: ChannelRouteOptions): void {
  api.route({
    method: 'POST', path: '/merchant-accounts', operationId: 'createMerchantAccount', tag, summary: 'Add a merchant account at a payment channel',
    description: 'It begins disabled, so that its keys can be put where the settings say; enabling it asks the channel whether all of it is right.',
    permission: 'settings:write', audience: 'operator', status: 201, response: AccountJson,
    body: Body({ name: Type.String({ minLength: 1, maxLength: ACCOUNT_NAME_LENGTH_MAX }), environment: EnvironmentJson, settings: SettingsJson, reason }),
    errors: ['merchant_account_name_malformed', 'merchant_account_settings_invalid', 'merchant_account_name_taken'],
    handler: async (tx, call) => {
      const { name, environment, settings } = call.body;
      const { merchantAccountId } = orProblem(await addMerchantAccount(tx, { name, environment, settings: settingsFromJson(settings), changedBy: actorText(call.actor), reason: call.body.reason ?? null }, { ...options.rules, clock: call.clock }));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.add_merchant_account', subject: { kind: 'merchant_account', id: merchantAccountId }, after: { name, environment, settings }, reason: call.body.reason ?? null }, call);
      return seenOne(tx, options, merchantAccountId);
    },
  });
}

function registerChanging(api: Api, options: ChannelRouteOptions): void {
  api.routeWithoutTransaction({
    method: 'PUT', path: '/merchant-accounts/:merchantAccountId', operationId: 'changeMerchantAccount', tag, summary: 'Write the next version of the settings, or enable and disable the account',
    description: 'Counts at once and everywhere. Where merchant, app, address or keys change of an enabled account, and where one is enabled, the channel is asked first and has to accept them. Send the version that was seen; a repeat of the same change is the same change.',
    permission: 'settings:write', audience: 'operator', params, response: AccountJson,
    body: Body({ version: Type.Integer({ minimum: 1 }), settings: SettingsJson, enabled: Type.Boolean(), reason }),
    errors: ['merchant_account_not_found', 'merchant_account_settings_invalid', 'merchant_account_kind_fixed', 'merchant_account_changed_meanwhile', 'merchant_account_not_proven'],
    handler: async (call) => {
      const merchantAccountId = accountId(call.params.merchantAccountId), state = ({ version, enabled, settings }: MerchantAccount) => ({ version, enabled, settings });
      orProblem(await changeMerchantAccount(call.operator, {
        merchantAccountId, version: call.body.version, settings: settingsFromJson(call.body.settings), enabled: call.body.enabled, changedBy: actorText(call.actor), reason: call.body.reason?.trim() || null,
      }, {
        ...options.rules, clock: call.clock, channels: options.channels,
        recorded: async (tx, before, after) => void await recordAct(tx, {
          actor: call.actor, from: call.from, act: 'payments.change_merchant_account', subject: { kind: 'merchant_account', id: merchantAccountId }, before: state(before), after: state(after), reason: after.reason,
        }, call),
      }));
      return call.operator.transaction((tx) => seenOne(tx, options, merchantAccountId));
    },
  });
}

const Probed = Type.Object({ channel: ProbeJson, notifyAddress: NotifyProbeJson, at: InstantJson }, { title: 'ProbedMerchantAccount' });
function registerProbing(api: Api, options: ChannelRouteOptions): void {
  api.routeWithoutTransaction({
    method: 'POST', path: '/merchant-accounts/:merchantAccountId/probe', operationId: 'probeMerchantAccount', tag, summary: 'Ask the channel whether the settings are right, and walk the way of a notification',
    description: 'The channel is asked something harmless that only works with the right keys, merchant and app. The notify address is posted to from here, and counts as right only when the post comes in at this database.',
    permission: 'settings:write', audience: 'operator', params, response: Probed, errors: ['merchant_account_not_found'],
    handler: async (call) => {
      const merchantAccountId = accountId(call.params.merchantAccountId), { operatorId } = call.operator;
      if ((await call.operator.transaction((tx) => readMerchantAccounts(tx, [merchantAccountId]))).length === 0) throw problem('merchant_account_not_found');
      const [outcome, way] = await Promise.all([
        options.channels.probeAccount(operatorId, merchantAccountId, actorText(call.actor)),
        probeNotifyAddress(call, await options.channels.forAccount(operatorId, merchantAccountId)),
      ]);
      const at = instantToJson(call.clock.now());
      return {
        at, notifyAddress: { outcome: way.outcome, address: way.address, sentAt: at, arrivedAt: way.outcome === 'arrived' ? instantToJson(way.at) : null },
        channel: {
          at, outcome: outcome.kind, reason: outcome.kind === 'confirmed' ? null : outcome.reason, channelCode: outcome.kind === 'refused' ? outcome.channelCode : null,
          message: outcome.kind === 'confirmed' ? null : outcome.message,
        },
      };
    },
  });
}
