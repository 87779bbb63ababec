import { Button, Select } from 'antd';
import { useState } from 'react';
import { publishRules, startBacktest, type AnomalyRules, type Backtest, type Thresholds } from '../../api/rules.ts';
import { formatCount } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { ChangeBar } from '../../ui/setting-row.tsx';
import { Differences } from '../../ui/version-history.tsx';
import { changesOf } from './rule-facts.ts';
import { useRuleWords } from './words.ts';

const MS_PER_DAY = 86_400_000, REASON_LENGTH_MAX = 500;
/** Days back that a change is tried on; null is all there is. */
const SPANS = [30, 90, 365, null] as const;
type Props = { rules: AnomalyRules; draft: Thresholds; backtest: Backtest | null; onStarted: (backtestId: string) => void; onDiscard: () => void };

/** Whether the back-test has tried exactly this change of what is in force. */
const hasTried = (backtest: Backtest | null, rules: AnomalyRules, draft: Thresholds): boolean =>
  backtest !== null && backtest.fromVersion === rules.version && Object.keys(changesOf(backtest.thresholds, draft)).length === 0;

/** First tried on past bills, then published with a reason: in this order and no other. */
export function RuleChangeBar({ rules, draft, backtest, onStarted, onDiscard }: Props) {
  const t = useTranslate();
  const { differences } = useRuleWords();
  const [span, setSpan] = useState<number | null>(90);
  const [publishing, setPublishing] = useState(false);
  const changes = changesOf(rules.thresholds, draft);
  const tried = hasTried(backtest, rules, draft) ? backtest : null;
  const trying = useAct({
    run: (days: number | null, key) => startBacktest({ thresholds: changes, from: days === null ? null : new Date(Math.floor(Date.now() / MS_PER_DAY) * MS_PER_DAY - days * MS_PER_DAY).toISOString(), to: null }, key),
    done: ({ backtestId }) => { onStarted(backtestId); return null; }, stale: ['rules'],
  });
  return (
    <>
      <ChangeBar onDiscard={onDiscard} words={<>
        <b>{t('rules.bar.changed', { count: formatCount(Object.keys(changes).length) })}</b>
        <Differences changes={differences(rules.thresholds, draft)} />
        <span className="muted">{t(tried?.state === 'done' ? 'rules.bar.tried' : tried && tried.state !== 'failed' ? 'rules.bar.trying' : backtest !== null && backtest.fromVersion !== rules.version ? 'rules.bar.otherVersion' : 'rules.bar.untried')}</span>
        <ActProblem problem={trying.problem} />
      </>}>
        {tried === null || tried.state === 'failed' ? <>
          <Select<number | null> aria-label={t('rules.span')} value={span} onChange={setSpan} options={SPANS.map((value) => ({ value, label: value === null ? t('rules.span.all') : t('rules.span.days', { days: value }) }))} style={{ minWidth: 170 }} />
          <Button type="primary" loading={trying.busy} onClick={() => void trying.act(span)}>{t('rules.try')}</Button>
        </> : <Button type="primary" disabled={tried.state !== 'done'} onClick={() => setPublishing(true)}>{t('rules.publish')}</Button>}
      </ChangeBar>
      {publishing && tried?.state === 'done' && <Publish rules={rules} draft={draft} backtest={tried} onClose={() => setPublishing(false)} />}
    </>
  );
}

function Publish({ rules, draft, backtest, onClose }: Pick<Props, 'rules' | 'draft'> & { backtest: Backtest; onClose: () => void }) {
  const t = useTranslate();
  const { differences } = useRuleWords();
  const { act, busy, problem } = useAct({ run: publishRules, done: ({ version }) => t('rules.published', { version }), stale: ['rules'] });
  return (
    <ReasonDialog title={t('rules.publish.title', { version: rules.version + 1 })} confirm={t('rules.publish')} busy={busy} problem={problem} lengthMax={REASON_LENGTH_MAX} onClose={onClose}
      text={<><Differences changes={differences(rules.thresholds, draft)} /><p>{t('rules.publish.text')}</p><p className="muted">{t('rules.publish.tried', { bills: formatCount(backtest.billsDone), newly: formatCount(backtest.newlyFlagged), gone: formatCount(backtest.noLongerFlagged), differing: formatCount(backtest.differing) })}</p></>}
      onConfirm={(reason) => void act({ thresholds: changesOf(rules.thresholds, draft), fromVersion: rules.version, reason }).then((done) => { if (done) onClose(); })} />
  );
}
