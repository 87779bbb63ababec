import type { Clock } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { loadOperator, type Operator } from '../../parties/index.ts';
import type { RuleSet } from '../domain/anomaly-rules.ts';
import type { ChargingPolicy } from '../domain/policy.ts';
import { loadPolicy } from '../store/policy.ts';
import { loadRules } from '../store/rules.ts';

/** What the steps of one transaction share; the operator, its policy and its rules are read once, and only when a step needs them. */
export type Working = {
  readonly tx: Tx; readonly clock: Clock; readonly operator: () => Promise<Operator>; readonly policy: () => Promise<ChargingPolicy>; readonly rules: () => Promise<RuleSet>;
};

export function startWorking(tx: Tx, clock: Clock): Working {
  let operator: Promise<Operator> | undefined;
  let policy: Promise<ChargingPolicy> | undefined;
  let rules: Promise<RuleSet> | undefined;
  const loadOnce = (): Promise<Operator> => (operator ??= loadOperator(tx));
  return {
    tx, clock, operator: loadOnce, policy: () => (policy ??= loadOnce().then(({ currency }) => loadPolicy(tx, currency))), rules: () => (rules ??= loadRules(tx)),
  };
}
