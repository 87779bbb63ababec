import { Type, type Static } from 'typebox';
import { assert, money, type CurrencyCode } from '../../../kernel/index.ts';
import { loadActorNames, recordAct } from '../../../platform/audit-log/index.ts';
import { orProblem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, InstantJson, instantToJson, IntegerJson, MoneyJson, moneyToJson, NullOr, Page, pageQuery, toPage, WattHoursJson, wattHoursToJson, type Api } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { changeRepairPolicy } from '../commands/change-policy.ts';
import { AUTOMATIC_RULES_MAX, DUE_DAYS_MAX, WAIT_MS_MAX, type RepairPolicy } from '../domain/policy.ts';
import { listPolicies, loadRepairPolicy, tryRules } from '../store/policy.ts';
import { ReasonJson, type RepairSurroundings } from './schemas.ts';

const tag = 'repair';
const cause = Type.String({ pattern: '^[a-z_]{1,60}$' });
const shared = { enabled: Type.Boolean(), dueDays: Type.Integer({ minimum: 1, maximum: DUE_DAYS_MAX }) };
const waitSeconds = Type.Integer({ minimum: 0, maximum: WAIT_MS_MAX / 1_000, description: 'After the case was opened, for facts that may still come.' });
const Policy = Type.Object({
  version: Type.Integer(), ...shared, bulkFourEyesAbove: MoneyJson, automatic: Type.Array(Type.Object({ cause, amountMax: MoneyJson, energyWhMax: WattHoursJson, waitSeconds })),
}, { title: 'RepairPolicy', description: 'What is repaired without a person: proposals that are called automatic, of these causes, up to these limits. Version 0 is what the program ships with.' });

const Version = Type.Object({ ...Policy.properties, reason: NullOr(Type.String()), changedBy: Type.String(), recordedAt: InstantJson }, { title: 'RepairPolicyVersion' });
const Rules = Type.Array(Body({ cause, amountMinorMax: IntegerJson, energyWhMax: WattHoursJson, waitSeconds }), { maxItems: AUTOMATIC_RULES_MAX });
const Trial = Type.Object({
  causes: Type.Array(Type.Object({ cause: Type.String(), open: Type.Integer(), accepted: Type.Integer(), total: MoneyJson, totalWh: WattHoursJson })),
}, { title: 'RepairPolicyTrial', description: 'Of the cases that are open now, by cause: how many there are, and what of them the rules would accept once their waiting time is over.' });

export function registerRepairPolicyRoutes(api: Api, { currencyOf, nameActors }: Pick<RepairSurroundings, 'currencyOf' | 'nameActors'>): void {
  registerPolicyReading(api, { currencyOf, nameActors });
  api.route({
    method: 'GET', path: '/repair-policy', operationId: 'getRepairPolicy', tag, summary: 'What is repaired without a person, and when a case is due', permission: 'repair:read', audience: 'operator', response: Policy,
    handler: async (tx) => {
      const currency = await currencyOf(tx);
      return policyToJson(await loadRepairPolicy(tx, currency), currency);
    },
  });
  api.route({
    method: 'PUT', path: '/repair-policy', operationId: 'changeRepairPolicy', tag, summary: 'Change what is repaired without a person', permission: 'repair:policy', audience: 'operator', response: Policy,
    body: Body({
      seenVersion: Type.Integer({ minimum: 0 }), ...shared, bulkFourEyesAboveMinor: IntegerJson, reason: ReasonJson,
      automatic: Rules,
    }),
    errors: ['repair_policy_invalid', 'repair_policy_changed_meanwhile'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'a change over HTTP has somebody who is logged in');
      const { seenVersion, reason, automatic, bulkFourEyesAboveMinor, enabled, dueDays } = call.body;
      const currency = await currencyOf(tx);
      const policy = {
        enabled, dueDays, bulkFourEyesAboveMinor: BigInt(bulkFourEyesAboveMinor),
        automatic: automatic.map(ruleOf),
      };
      const { before, after } = orProblem(await changeRepairPolicy(tx, { policy, seenVersion, reason, changedBy: call.actor.id, currency }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'repair.change_policy', subject: { kind: 'operator', id: call.operator.operatorId }, before: { ...before }, after: { ...after }, reason }, call);
      announce(tx, 'repair.cases');
      return policyToJson(after, currency);
    },
  });
}

function registerPolicyReading(api: Api, { currencyOf, nameActors }: Pick<RepairSurroundings, 'currencyOf' | 'nameActors'>): void {
  api.route({
    method: 'GET', path: '/repair-policy/versions', operationId: 'listRepairPolicyVersions', tag, summary: 'Every policy of automatic repair there was, newest first, with who changed it and why', permission: 'repair:read', audience: 'operator',
    query: Type.Object(pageQuery), response: Page(Version), errors: ['cursor_invalid'],
    handler: async (tx, { query }) => {
      const currency = await currencyOf(tx);
      const rows = await listPolicies(tx, { below: decodeCursor(query.cursor, ['number'])?.[0] ?? null, limit: query.limit + 1 });
      const { nameOrKept } = await loadActorNames(tx, nameActors, rows.map(({ changedBy }) => changedBy));
      return toPage(rows, query.limit, (row) => ({ ...policyToJson(row, currency), reason: row.reason, changedBy: nameOrKept(row.changedBy), recordedAt: instantToJson(row.recordedAt) }), (row) => [row.version]);
    },
  });
  api.route({
    method: 'POST', path: '/repair-policy/trial', operationId: 'tryRepairPolicy', tag, summary: 'What rules would accept of the cases that are open now', description: 'Changes nothing.', permission: 'repair:read', audience: 'operator', idempotency: 'natural',
    body: Body({ automatic: Rules }), response: Trial,
    handler: async (tx, { body }) => {
      const currency = await currencyOf(tx);
      const found = await tryRules(tx, body.automatic.map(ruleOf));
      return { causes: found.map(({ acceptedMinor, acceptedWh, ...each }) => ({ ...each, total: moneyToJson(money(acceptedMinor, currency)), totalWh: wattHoursToJson(acceptedWh) })) };
    },
  });
}

const ruleOf = (rule: Static<typeof Rules>[number]) => ({ cause: rule.cause, amountMinorMax: BigInt(rule.amountMinorMax), energyWhMax: BigInt(rule.energyWhMax), waitMs: rule.waitSeconds * 1_000 });

const policyToJson = ({ version, enabled, dueDays, bulkFourEyesAboveMinor, automatic }: RepairPolicy, currency: CurrencyCode): Static<typeof Policy> => ({
  version, enabled, dueDays, bulkFourEyesAbove: moneyToJson(money(bulkFourEyesAboveMinor, currency)),
  automatic: automatic.map((rule) => ({ cause: rule.cause, amountMax: moneyToJson(money(rule.amountMinorMax, currency)), energyWhMax: wattHoursToJson(rule.energyWhMax), waitSeconds: rule.waitMs / 1_000 })),
});
