import { Type, type Static } from 'typebox';
import { assert, money, type CurrencyCode } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { orProblem } from '../../../platform/errors/index.ts';
import { Body, IntegerJson, MoneyJson, moneyToJson, WattHoursJson, wattHoursToJson, type Api } from '../../../platform/http/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { changeCorrectionPolicy } from '../commands/change-correction-policy.ts';
import { CORRECTION_REASON_LENGTH_MAX } from '../domain/correction.ts';
import { loadCorrectionPolicy, type CorrectionPolicy } from '../store/corrections.ts';

const Policy = Type.Object({ version: Type.Integer(), fourEyesAbove: MoneyJson, fourEyesAboveWh: WattHoursJson }, {
  title: 'CorrectionPolicy', description: 'A correction that differs by more than one of these from what is charged now needs a second person.',
});

export function registerCorrectionPolicyRoutes(api: Api): void {
  api.route({
    method: 'GET', path: '/correction-policy', operationId: 'getCorrectionPolicy', tag: 'charging', summary: 'From which difference on a correction needs a second person', permission: 'charging:read', audience: 'operator', response: Policy,
    handler: async (tx) => {
      const { currency } = await loadOperator(tx);
      return toJson(await loadCorrectionPolicy(tx, currency), currency);
    },
  });
  api.route({
    method: 'PUT', path: '/correction-policy', operationId: 'changeCorrectionPolicy', tag: 'charging', summary: 'Change from which difference on a correction needs a second person', permission: 'repair:policy', audience: 'operator', response: Policy,
    body: Body({ seenVersion: Type.Integer({ minimum: 0 }), fourEyesAboveMinor: IntegerJson, fourEyesAboveWh: WattHoursJson, reason: Type.String({ minLength: 1, maxLength: CORRECTION_REASON_LENGTH_MAX }) }),
    errors: ['correction_policy_invalid', 'correction_policy_changed_meanwhile'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'a change over HTTP has somebody who is logged in');
      const { currency } = await loadOperator(tx);
      const { seenVersion, fourEyesAboveMinor, fourEyesAboveWh, reason } = call.body;
      const { before, after } = orProblem(await changeCorrectionPolicy(
        tx, { aboveMinor: BigInt(fourEyesAboveMinor), aboveWh: BigInt(fourEyesAboveWh), seenVersion, reason, changedBy: call.actor.id, currency }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'charging.change_correction_policy', subject: { kind: 'operator', id: call.operator.operatorId }, before: { ...before }, after: { ...after }, reason }, call);
      return toJson(after, currency);
    },
  });
}

const toJson = ({ version, aboveMinor, aboveWh }: CorrectionPolicy, currency: CurrencyCode): Static<typeof Policy> =>
  ({ version, fourEyesAbove: moneyToJson(money(aboveMinor, currency)), fourEyesAboveWh: wattHoursToJson(aboveWh) });
