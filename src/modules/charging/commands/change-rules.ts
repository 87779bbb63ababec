import { ok, refuse, type Clock, type Result } from '../../../kernel/index.ts';
import { recordAct, type Actor, type ActOrigin } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { changedRules, parseRules, storedRules, type RuleSet, type RulesRejection } from '../domain/anomaly-rules.ts';
import { insertRuleSet, loadRules } from '../store/rules.ts';
import { onlyOperator } from '../store/sessions.ts';

export type RulesChange = {
  /** Thresholds by name; what is left out stays as it is. */
  readonly thresholds: unknown;
  readonly reason: string;
  /** The version that whoever changes it has seen; another one in force is refused. */
  readonly fromVersion: number;
  readonly actor: Actor;
  readonly from: ActOrigin;
};
export const RULES_REASON_LENGTH_MAX = 500;
export type RulesChangeRejection = RulesRejection | { readonly code: 'rules_changed_meanwhile' } | { readonly code: 'rules_unchanged' } | { readonly code: 'rules_reason_missing' };

/**
 * Puts a new version of the operator's rules in force, with an entry in the audit log. Sessions are judged by it from now on; no bill that was
 * made before changes because of it.
 */
export async function changeRules(tx: Tx, change: RulesChange, { clock }: { clock: Clock }): Promise<Result<RuleSet, RulesChangeRejection>> {
  const reason = change.reason.trim();
  if (reason === '' || reason.length > RULES_REASON_LENGTH_MAX) return refuse({ code: 'rules_reason_missing' });
  const current = await loadRules(tx);
  if (current.version !== change.fromVersion) return refuse({ code: 'rules_changed_meanwhile' });
  const parsed = parseRules(change.thresholds, current.rules);
  if (!parsed.ok) return parsed;
  const changed = changedRules(current.rules, parsed.value);
  if (changed.length === 0) return refuse({ code: 'rules_unchanged' });
  const next: RuleSet = { version: current.version + 1, rules: parsed.value };
  const changedBy = change.actor.kind === 'system' ? 'system' : change.actor.id;
  if (!(await insertRuleSet(tx, { ...next, reason, changedBy, recordedAt: clock.now() }))) return refuse({ code: 'rules_changed_meanwhile' });
  const pick = (set: RuleSet): Record<string, unknown> => {
    const stored = storedRules(set.rules);
    return { version: set.version, ...Object.fromEntries(changed.map((name) => [name, stored[name]])) };
  };
  await recordAct(tx, {
    actor: change.actor, from: change.from, act: 'charging.change_rules', subject: { kind: 'operator', id: onlyOperator(tx) }, before: pick(current), after: pick(next), reason,
  }, { clock });
  return ok(next);
}
