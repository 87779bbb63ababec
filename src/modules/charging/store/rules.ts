import { assert, type Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { DEFAULT_RULE_SET, parseRules, storedRules, type AnomalyRules, type RuleSet } from '../domain/anomaly-rules.ts';
import { onlyOperator } from './sessions.ts';

/** Versions that one list shows. */
export const RULE_VERSIONS_MAX = 200;
export type StoredRuleSet = RuleSet & { readonly reason: string; readonly changedBy: string; readonly recordedAt: Instant };
type Row = Omit<StoredRuleSet, 'rules'> & { readonly thresholds: unknown };
const COLUMNS = 'version, thresholds, reason, changed_by as "changedBy", recorded_at as "recordedAt"';

/** The rules in force for the operator: its newest set, or the program's defaults as version 0. */
export async function loadRules(tx: Tx): Promise<RuleSet> {
  const [row] = await tx.query<Row>({ name: 'charging_load_rules', text: `select ${COLUMNS} from charging.rule_set where operator_id = $1 order by version desc limit 1` }, [onlyOperator(tx)]);
  return row === undefined ? DEFAULT_RULE_SET : { version: row.version, rules: rulesOf(row) };
}

/** Every version, newest first. */
export async function listRuleSets(tx: Tx): Promise<StoredRuleSet[]> {
  const rows = await tx.query<Row>(`select ${COLUMNS} from charging.rule_set where operator_id = $1 order by version desc limit ${RULE_VERSIONS_MAX}`, [onlyOperator(tx)]);
  return rows.map(({ thresholds, ...row }) => ({ ...row, rules: rulesOf({ thresholds }) }));
}

/** @returns false when another transaction has stored this version first. */
export async function insertRuleSet(tx: Tx, { version, rules, reason, changedBy, recordedAt }: StoredRuleSet): Promise<boolean> {
  const stored = await tx.execute(
    `insert into charging.rule_set (operator_id, version, thresholds, reason, changed_by, recorded_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [onlyOperator(tx), version, JSON.stringify(storedRules(rules)), reason, changedBy, sqlTimestamp(recordedAt)]);
  return stored === 1;
}

function rulesOf({ thresholds }: Pick<Row, 'thresholds'>): AnomalyRules {
  const rules = parseRules(thresholds);
  assert(rules.ok, 'stored rules are within their limits');
  return rules.value;
}
