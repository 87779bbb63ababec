import type { components } from '../../api/contract.ts';
import type { RepairCase, RepairCaseState, RepairConfidence } from '../../api/repair.ts';
import { usePreferences } from '../../app/preferences.ts';
import { formatDuration } from '../../format/time.ts';
import { formatKwh } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { evidenceSentence } from '../../ui/evidence.ts';
import { useNow } from '../../ui/now.ts';
import { State, type Tone } from '../../ui/state.tsx';

type Evidence = components['schemas']['RepairEvidence'];
const STATE_TONES: Readonly<Record<RepairCaseState, Tone>> = { open: 'bad', proposed: 'warn', awaiting_approval: 'warn', applied: 'good', reverted: 'bad', dismissed: 'neutral', resolved_by_facts: 'good' };
const CONFIDENCE_TONES: Readonly<Record<RepairConfidence, Tone>> = { proven: 'good', strong: 'good', weak: 'warn' };

export const isClosed = (state: RepairCaseState): boolean => state === 'applied' || state === 'dismissed' || state === 'resolved_by_facts';

export function CaseStateWord({ state }: { state: RepairCaseState }) {
  const t = useTranslate();
  return <State tone={STATE_TONES[state]}>{t(`repair.state.${state}`)}</State>;
}

export function ConfidenceWord({ confidence }: { confidence: RepairConfidence }) {
  const t = useTranslate();
  return <State tone={CONFIDENCE_TONES[confidence]}>{t(`repair.confidence.${confidence}`)}</State>;
}

/** How long a case has been open, or was. */
export function CaseAge({ one }: { one: RepairCase }) {
  const { language } = usePreferences();
  const now = useNow(60_000);
  return <>{formatDuration((one.closedAt ? Date.parse(one.closedAt) : now) - Date.parse(one.openedAt), language)}</>;
}

export const isOverdue = (one: RepairCase, now: number): boolean => one.closedAt === null && Date.parse(one.dueAt) < now;

/** What is proposed: how much, where it comes from and how sure that is; its price is what is at stake. */
export function ProposalWord({ one }: { one: RepairCase }) {
  const t = useTranslate();
  const { proposal } = one;
  if (proposal === null) return <span className="muted">{t('repair.proposal.none')}</span>;
  return <><span className="tab">{formatKwh(proposal.energyWh)} kWh{proposal.total === null && ` · ${t('repair.price.none')}`}</span><div className="cell-sub">{translateCode(t, 'repair.source', proposal.source)} · {t(`repair.confidence.${proposal.confidence}`)}</div></>;
}

/** A piece of evidence as a sentence; one that this console does not know yet in its own words. */
export function EvidenceWords({ prefix, evidence, timeZone }: { prefix: 'repair.why' | 'repair.evidence'; evidence: Evidence; timeZone: string }) {
  const { language } = usePreferences();
  const said = (key: string): string | null => evidenceSentence(`${prefix}.${key}`, evidence.data, timeZone, language);
  const { lowerWh, upperWh } = evidence.data;
  const exact = lowerWh !== undefined && lowerWh === upperWh ? said(`${evidence.key}.exact`) : null;
  return <>{exact ?? said(evidence.key) ?? evidence.key.replaceAll('_', ' ')}</>;
}
