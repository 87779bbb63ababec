import { Type, type Static } from 'typebox';
import { money, type CurrencyCode, type MemberId, type SessionId } from '../../../kernel/index.ts';
import { actorIdOf, loadActorNames, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, InstantJson, instantToJson, IntegerJson, MoneyJson, moneyToJson, NullOr, orNull, Page, pageQuery, PositiveIntegerJson, toPage, WattHoursJson, type Api } from '../../../platform/http/index.ts';
import { loadMembers, loadOperator } from '../../parties/index.ts';
import { changePolicy, POLICY_REASON_LENGTH_MAX } from '../commands/change-policy.ts';
import type { ChargingPolicy } from '../domain/policy.ts';
import { changeMemberTerms, TERMS_REASON_LENGTH_MAX } from '../guard/guard-balances.ts';
import { listMemberTerms, loadMemberTerms, stopRequestsOf, type MemberTerms } from '../guard/store.ts';
import { listPolicyVersions, loadStandingPolicy, type StandingPolicy } from '../store/policy.ts';

const tag = 'charging';
const PolicyFields = {
  holdAmountMinor: IntegerJson, holdMinimumMinor: IntegerJson, balanceThresholdMinor: IntegerJson, silenceDeadlineS: Type.Integer({ minimum: 60, maximum: 604_800 }), defaultConnectorPowerW: PositiveIntegerJson,
  abnormalBills: Type.Enum(['hold', 'settle_first'], { title: 'AbnormalBills' }), sessionsPerMemberMax: NullOr(Type.Integer({ minimum: 1, maximum: 1_000 })),
};
const policyFigures = {
  currency: Type.String(), holdAmount: MoneyJson, holdMinimum: MoneyJson, balanceThreshold: MoneyJson, silenceDeadlineS: Type.Integer(), defaultConnectorPowerW: PositiveIntegerJson, abnormalBills: PolicyFields.abnormalBills,
  sessionsPerMemberMax: PolicyFields.sessionsPerMemberMax,
};
const PolicyJson = Type.Object({
  version: Type.Integer({ description: '0 while the defaults of the program apply, and where something was decided before versions were kept; then changedAt says when.' }), changedAt: NullOr(InstantJson), ...policyFigures,
}, { title: 'ChargingPolicy', description: 'balanceThreshold: with less than this left, running sessions are asked to stop. abnormalBills: what a bill in doubt does until somebody has looked.' });
const PolicyVersionJson = Type.Object({
  version: Type.Integer(), ...policyFigures, reason: NullOr(Type.String({ description: 'Null where the program set it up itself.' })), changedBy: Type.String(), recordedAt: InstantJson,
}, { title: 'ChargingPolicyVersion' });
const TermsJson = Type.Object({
  version: Type.Integer({ description: '0 while nothing is agreed.' }), balanceThreshold: NullOr(MoneyJson), overdraft: MoneyJson, reason: NullOr(Type.String()), changedBy: NullOr(Type.String()), recordedAt: NullOr(InstantJson),
}, { title: 'MemberChargingTerms', description: "Null: the operator's own threshold counts." });
const TermsVersionJson = Type.Object({
  version: Type.Integer(), balanceThreshold: NullOr(MoneyJson), overdraft: MoneyJson, reason: Type.String(), changedBy: Type.String(), recordedAt: InstantJson,
}, { title: 'MemberChargingTermsVersion' });
const StopJson = Type.Object({
  attempt: Type.Integer(), cost: MoneyJson, expected: MoneyJson, funds: MoneyJson, threshold: MoneyJson, energyWh: WattHoursJson, refused: NullOr(Type.String()), requestedAt: InstantJson,
}, { title: 'StopRequest', description: 'expected: what would be drawn until the next look. funds: the wallet, the holds of the running sessions and the agreed overdraft.' });

const figuresToJson = (policy: ChargingPolicy, currency: CurrencyCode) => ({
  currency, holdAmount: moneyToJson(money(policy.holdAmountMinor, currency)), holdMinimum: moneyToJson(money(policy.holdMinimumMinor, currency)), balanceThreshold: moneyToJson(money(policy.balanceThresholdMinor, currency)),
  silenceDeadlineS: policy.silenceDeadlineS, defaultConnectorPowerW: String(policy.defaultConnectorPowerW), abnormalBills: policy.abnormalBills, sessionsPerMemberMax: policy.sessionsPerMemberMax,
});
const policyToJson = (policy: StandingPolicy, currency: CurrencyCode): Static<typeof PolicyJson> => ({ version: policy.version, changedAt: orNull(policy.changedAt, instantToJson), ...figuresToJson(policy, currency) });

/** What an operator decides about charging, what it has agreed with single members, and the stops that followed from it. */
export function registerChargingPolicyRoutes(api: Api, { nameActors }: { readonly nameActors: NameActors }): void {
  registerPolicy(api, nameActors);
  registerTerms(api, nameActors);
  api.route({
    method: 'GET', path: '/sessions/:sessionId/stop-requests', operationId: 'listStopRequests', tag, summary: 'Stops that were asked for because the money was nearly used up', permission: 'charging:read', audience: 'operator',
    params: Type.Object({ sessionId: IdJson('chg') }), response: Type.Object({ items: Type.Array(StopJson) }), errors: ['session_not_found'],
    handler: async (tx, { params }) => {
      const { currency } = await loadOperator(tx), amount = (minor: bigint) => moneyToJson(money(minor, currency));
      const stops = await stopRequestsOf(tx, idFromJson<SessionId>('chg', params.sessionId, 'session_not_found'));
      return { items: stops.map((stop) => ({
        attempt: stop.attempt, cost: amount(stop.costMinor), expected: amount(stop.expectedMinor), funds: amount(stop.fundsMinor), threshold: amount(stop.thresholdMinor), energyWh: String(stop.energyWh), refused: stop.refused, requestedAt: instantToJson(stop.requestedAt),
      })) };
    },
  });
}

function registerPolicy(api: Api, nameActors: NameActors): void {
  api.route({
    method: 'GET', path: '/charging-policy', operationId: 'getChargingPolicy', tag, summary: 'What the operator has decided about charging', permission: 'settings:read', audience: 'operator', response: PolicyJson,
    handler: async (tx) => { const { currency } = await loadOperator(tx); return policyToJson(await loadStandingPolicy(tx, currency), currency); },
  });
  api.route({
    method: 'PUT', path: '/charging-policy', operationId: 'changeChargingPolicy', tag, summary: 'Decide about holds, the balance threshold, silence and abnormal bills',
    description: 'Makes a new version, which counts for what begins or ends from now on. seenVersion is the one that the decision rests on.', permission: 'settings:write', audience: 'operator',
    body: Body({ ...PolicyFields, seenVersion: Type.Integer({ minimum: 0 }), reason: Type.String({ minLength: 1, maxLength: POLICY_REASON_LENGTH_MAX }) }), response: PolicyJson,
    errors: ['charging_policy_invalid', 'charging_policy_unchanged', 'charging_policy_changed_meanwhile', 'charging_policy_reason_missing'],
    handler: async (tx, { body, clock, actor, from }) => {
      const { currency } = await loadOperator(tx);
      const { holdAmountMinor, holdMinimumMinor, balanceThresholdMinor, defaultConnectorPowerW, seenVersion, reason, ...rest } = body;
      const policy: ChargingPolicy = { ...rest, holdAmountMinor: BigInt(holdAmountMinor), holdMinimumMinor: BigInt(holdMinimumMinor), balanceThresholdMinor: BigInt(balanceThresholdMinor), defaultConnectorPowerW: BigInt(defaultConnectorPowerW) };
      const { before, after } = orProblem(await changePolicy(tx, { policy, seenVersion, reason, changedBy: actorIdOf(actor), currency }, { clock }));
      await recordAct(tx, { actor, from, act: 'charging.change_policy', subject: { kind: 'operator', id: tx.operatorIds[0]! }, before: { ...before }, after: { ...after }, reason: reason.trim() }, { clock });
      return policyToJson(after, currency);
    },
  });
  api.route({
    method: 'GET', path: '/charging-policy/versions', operationId: 'listChargingPolicyVersions', tag, summary: 'Every charging policy there was, newest first, with who decided it and why', permission: 'settings:read', audience: 'operator',
    query: Type.Object(pageQuery), response: Page(PolicyVersionJson), errors: ['cursor_invalid'],
    handler: async (tx, { query }) => {
      const { currency } = await loadOperator(tx);
      const rows = await listPolicyVersions(tx, { below: decodeCursor(query.cursor, ['number'])?.[0] ?? null, limit: query.limit + 1 });
      const { nameOrKept } = await loadActorNames(tx, nameActors, rows.map(({ changedBy }) => changedBy));
      return toPage(rows, query.limit, (row) => ({ version: row.version, ...figuresToJson(row, currency), reason: row.reason, changedBy: nameOrKept(row.changedBy), recordedAt: instantToJson(row.recordedAt) }), (row) => [row.version]);
    },
  });
}

function registerTerms(api: Api, nameActors: NameActors): void {
  const params = Type.Object({ memberId: IdJson('mem') });
  api.route({
    method: 'GET', path: '/members/:memberId/charging-terms', operationId: 'getMemberChargingTerms', tag, summary: 'What was agreed with a member about running out of money', permission: 'members:read', audience: 'operator', params, response: TermsJson, errors: ['member_not_found'],
    handler: async (tx, call) => {
      const memberId = idFromJson<MemberId>('mem', call.params.memberId, 'member_not_found'), { currency } = await loadOperator(tx);
      const [terms] = await loadMemberTerms(tx, [memberId]);
      const { nameOrKept } = await loadActorNames(tx, nameActors, [terms?.changedBy ?? null]);
      return termsToJson(terms, currency, nameOrKept);
    },
  });
  api.route({
    method: 'PUT', path: '/members/:memberId/charging-terms', operationId: 'changeMemberChargingTerms', tag, summary: 'Agree on a threshold and an overdraft with one member', permission: 'wallets:correct', audience: 'operator', params, response: TermsJson,
    body: Body({ basedOnVersion: Type.Integer({ minimum: 0 }), balanceThresholdMinor: NullOr(IntegerJson), overdraftMinor: IntegerJson, reason: Type.String({ minLength: 1, maxLength: TERMS_REASON_LENGTH_MAX }) }),
    errors: ['member_not_found', 'member_terms_invalid', 'member_terms_changed_meanwhile'],
    handler: async (tx, { params: { memberId: id }, body, clock, actor, from }) => {
      const memberId = idFromJson<MemberId>('mem', id, 'member_not_found'), { currency } = await loadOperator(tx);
      if (!(await loadMembers(tx, [memberId])).has(memberId)) throw problem('member_not_found');
      const [before] = await loadMemberTerms(tx, [memberId]);
      const terms = orProblem(await changeMemberTerms(tx, {
        memberId, basedOnVersion: body.basedOnVersion, balanceThresholdMinor: orNull(body.balanceThresholdMinor, BigInt), overdraftMinor: BigInt(body.overdraftMinor), reason: body.reason, changedBy: actorIdOf(actor), at: clock.now(),
      }));
      const kept = (of: MemberTerms | undefined) => (of === undefined ? null : { balanceThresholdMinor: of.balanceThresholdMinor, overdraftMinor: of.overdraftMinor, reason: of.reason });
      await recordAct(tx, { actor, from, act: 'charging.change_member_terms', subject: { kind: 'member', id: memberId }, before: kept(before), after: kept(terms) }, { clock });
      const { nameOrKept } = await loadActorNames(tx, nameActors, [terms.changedBy]);
      return termsToJson(terms, currency, nameOrKept);
    },
  });
  api.route({
    method: 'GET', path: '/members/:memberId/charging-terms/versions', operationId: 'listMemberChargingTerms', tag, summary: 'Everything that was ever agreed with a member about running out of money, newest first', permission: 'members:read', audience: 'operator', params,
    query: Type.Object(pageQuery), response: Page(TermsVersionJson), errors: ['member_not_found', 'cursor_invalid'],
    handler: async (tx, call) => {
      const memberId = idFromJson<MemberId>('mem', call.params.memberId, 'member_not_found'), { currency } = await loadOperator(tx);
      const rows = await listMemberTerms(tx, memberId, { below: decodeCursor(call.query.cursor, ['number'])?.[0] ?? null, limit: call.query.limit + 1 });
      const { nameOrKept } = await loadActorNames(tx, nameActors, rows.map(({ changedBy }) => changedBy));
      return toPage(rows, call.query.limit, (row) => ({
        version: row.version, balanceThreshold: orNull(row.balanceThresholdMinor, (minor) => moneyToJson(money(minor, currency))), overdraft: moneyToJson(money(row.overdraftMinor, currency)), reason: row.reason,
        changedBy: nameOrKept(row.changedBy), recordedAt: instantToJson(row.recordedAt),
      }), (row) => [row.version]);
    },
  });
}

const termsToJson = (terms: MemberTerms | undefined, currency: CurrencyCode, nameOf: (id: string) => string): Static<typeof TermsJson> => ({
  version: terms?.version ?? 0, balanceThreshold: orNull(terms?.balanceThresholdMinor ?? null, (minor) => moneyToJson(money(minor, currency))), overdraft: moneyToJson(money(terms?.overdraftMinor ?? 0n, currency)),
  reason: terms?.reason ?? null, changedBy: terms === undefined ? null : nameOf(terms.changedBy), recordedAt: terms === undefined ? null : instantToJson(terms.recordedAt),
});
