import type { AnomalyRules, Thresholds } from '../../api/rules.ts';
import { useCallback } from 'react';
import { useTranslate, type Translate } from '../../i18n/index.ts';
import type { Difference } from '../../ui/version-history.tsx';
import { RULE_FACTS, toShown, type RuleFact } from './rule-facts.ts';

/** A threshold in its own unit; less than an hour in minutes. */
function valueText(t: Translate, fact: RuleFact, stored: string | number): string {
  const shown = toShown(fact, stored);
  if (fact.unit === 'h' && shown > 0 && shown < 1) return `${toShown({ ...fact, unit: 'min' }, stored)} ${t('rules.unit.min')}`;
  return `${shown.toLocaleString('en')} ${t(`rules.unit.${fact.unit}`)}`;
}

/** Thresholds in the words and units of people. */
export function useRuleWords() {
  const t = useTranslate();
  const value = useCallback((fact: RuleFact, stored: string | number) => valueText(t, fact, stored), [t]);
  const differences = useCallback((before: Thresholds, after: Thresholds): readonly Difference[] => RULE_FACTS
    .filter(({ rule }) => String(before[rule]) !== String(after[rule]))
    .map((fact) => ({ name: t(`rules.rule.${fact.rule}`), from: valueText(t, fact, before[fact.rule]), to: valueText(t, fact, after[fact.rule]) })), [t]);
  return { value, differences };
}

/** What the program ships. */
export const defaultsOf = ({ limits }: AnomalyRules): Thresholds => Object.fromEntries(limits.map((limit) => [limit.rule, limit.default])) as unknown as Thresholds;
