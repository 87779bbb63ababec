import { InputNumber } from 'antd';
import type { AnomalyRules, RuleName, Thresholds } from '../../api/rules.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { Card } from '../../ui/page.tsx';
import { SettingRow } from '../../ui/setting-row.tsx';
import { DECIMALS, RULE_GROUPS, toShown, toStored, type RuleFact } from './rule-facts.ts';
import { useRuleWords } from './words.ts';

type Limit = AnomalyRules['limits'][number];
type Props = { rules: AnomalyRules; draft: Thresholds; editable: boolean; onChange: (rule: RuleName, stored: string | number) => void };

/** Every threshold with what it decides, its unit and its limits; what differs from the one in force says so. */
export function ThresholdCards({ rules, draft, editable, onChange }: Props) {
  const t = useTranslate();
  const limits = new Map(rules.limits.map((limit) => [limit.rule, limit]));
  return <>{RULE_GROUPS.map(({ group, rules: facts }) => (
    <Card key={group} title={t(`rules.group.${group}`)} flush>
      {facts.map((fact) => <Threshold key={fact.rule} fact={fact} limit={limits.get(fact.rule)} inForce={rules.thresholds[fact.rule]} value={draft[fact.rule]} editable={editable} onChange={onChange} />)}
    </Card>
  ))}</>;
}

type RowProps = { fact: RuleFact; limit: Limit | undefined; inForce: string | number; value: string | number; editable: boolean; onChange: Props['onChange'] };
function Threshold({ fact, limit, inForce, value, editable, onChange }: RowProps) {
  const t = useTranslate();
  const words = useRuleWords();
  const id = `rule-${fact.rule}`, unit = t(`rules.unit.${fact.unit}`);
  const bounds = limit ? t('rules.limits', { min: words.value(fact, limit.min), max: words.value(fact, limit.max), default: words.value(fact, limit.default) }) : undefined;
  return (
    <SettingRow label={t(`rules.rule.${fact.rule}`)} why={t(`rules.rule.${fact.rule}.why`)} htmlFor={editable ? id : undefined} note={bounds} was={String(inForce) === String(value) ? null : words.value(fact, inForce)}
      below={fact.causes.length > 0 && <ul className="cause-list" aria-label={t('rules.decides')}>{fact.causes.map(({ cause, code }) => <li key={cause}><span className="chip-code" aria-label={t('flag.code', { code })} role="img">{code}</span>{translateCode(t, 'flag', cause)}</li>)}</ul>}>
      {editable
        ? <InputNumber id={id} value={toShown(fact, value)} {...(DECIMALS[fact.unit] === undefined ? {} : { precision: DECIMALS[fact.unit] })} suffix={unit} style={{ width: '100%' }} {...(limit ? { min: toShown(fact, limit.min), max: toShown(fact, limit.max) } : {})} step={fact.unit === 'kWh' ? 0.1 : 1}
          onChange={(shown) => { if (shown !== null) onChange(fact.rule, toStored(fact, shown)); }} />
        : <b className="tab">{words.value(fact, value)}</b>}
    </SettingRow>
  );
}
