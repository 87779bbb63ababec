import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { loadBacktest, loadRules, type AnomalyRules, type Backtest, type Thresholds } from '../../api/rules.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { Card, Figure, Figures, Page } from '../../ui/page.tsx';
import { Empty, ProblemPage } from '../../ui/problem-view.tsx';
import { VersionHistory, type VersionEntry } from '../../ui/version-history.tsx';
import { BacktestCard } from './backtest-card.tsx';
import { Backtests } from './backtests.tsx';
import { changesOf } from './rule-facts.ts';
import { RuleChangeBar } from './rule-change-bar.tsx';
import { ThresholdCards } from './thresholds.tsx';
import { defaultsOf, useRuleWords } from './words.ts';

/** The stream tells of every page that is worked; without the stream this does. */
const REFRESH_MS = 3_000;

/** The thresholds for abnormal bills: what is in force, a change tried on past bills before it counts, and every version there was. */
export function Component() {
  const t = useTranslate();
  const { data: rules, error, refetch } = useQuery({ queryKey: ['rules', 'now'], queryFn: loadRules });
  if (error) return <ProblemPage title={t('rules.title')} crumbs={[]} error={error} onRetry={refetch} />;
  return rules ? <Editor key={rules.version} rules={rules} /> : null;
}

/** A back-test by its id in the address, so that it can be sent to a colleague and survives a reload. */
function useBacktest(): { readonly backtest: Backtest | null; readonly open: (backtestId: string | null) => void; readonly error: unknown; readonly retry: () => void } {
  const [params, setParams] = useSearchParams();
  const backtestId = params.get('backtest');
  const { data = null, error, refetch } = useQuery({
    queryKey: ['rules', 'backtest', backtestId], queryFn: () => loadBacktest(backtestId ?? ''), enabled: backtestId !== null,
    refetchInterval: ({ state }) => (state.data?.state === 'waiting' || state.data?.state === 'running' ? REFRESH_MS : false),
  });
  return { backtest: backtestId === null ? null : data, error: backtestId === null ? null : error, retry: () => void refetch(), open: (id) => setParams(id === null ? {} : { backtest: id }) };
}

function Editor({ rules }: { rules: AnomalyRules }) {
  const t = useTranslate();
  const editable = useMayEverywhere('settings:write');
  const { backtest, open, error, retry } = useBacktest();
  const [edits, setEdits] = useState<Thresholds | null>(null);
  const top = useRef<HTMLDivElement>(null);
  // A back-test shows what it tried, until somebody changes more.
  const draft = edits ?? (editable ? backtest?.thresholds : undefined) ?? rules.thresholds;
  const discard = () => { setEdits(null); open(null); };
  const show = (backtestId: string) => { setEdits(null); open(backtestId); top.current?.scrollIntoView({ block: 'start' }); };
  const changed = Object.keys(changesOf(rules.thresholds, draft)).length > 0;
  return (
    <Page title={t('rules.title')} sub={t('rules.sub')}>
      <Headline rules={rules} />
      <div ref={top} className="anchor">{(backtest !== null || error !== null) && <BacktestCard backtest={backtest} rules={rules} error={error} onRetry={retry} onClose={discard} />}</div>
      <ThresholdCards rules={rules} draft={draft} editable={editable} onChange={(rule, stored) => setEdits({ ...draft, [rule]: stored } as Thresholds)} />
      {editable && changed && <RuleChangeBar rules={rules} draft={draft} backtest={backtest} onStarted={show} onDiscard={discard} />}
      <Backtests shown={backtest?.backtestId ?? null} rules={rules} onShow={show} />
      <History rules={rules} {...(editable ? { onBack: (thresholds: Thresholds) => { open(null); setEdits(thresholds); } } : {})} />
    </Page>
  );
}

function Headline({ rules }: { rules: AnomalyRules }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const [last] = rules.versions;
  const differing = Object.keys(changesOf(defaultsOf(rules), rules.thresholds)).length;
  return (
    <Figures>
      <Figure label={t('rules.inForce')} words value={rules.version === 0 ? t('rules.shipped') : t('setting.version', { version: rules.version })} note={t('rules.inForce.note')} />
      <Figure label={t('rules.differing')} value={formatCount(differing)} unit={t('rules.differing.of', { count: rules.limits.length })} note={t('rules.differing.note')} />
      <Figure label={t('rules.changed')} words value={last ? formatDateTime(last.recordedAt, timeZone) : t('rules.never')} note={last && `${last.changedBy}: ${last.reason}`} />
    </Figures>
  );
}

function History({ rules, onBack }: { rules: AnomalyRules; onBack?: (thresholds: Thresholds) => void }) {
  const t = useTranslate();
  const { differences } = useRuleWords();
  const before = (index: number): Thresholds => rules.versions[index + 1]?.thresholds ?? defaultsOf(rules);
  const entries = rules.versions.map((each, index): VersionEntry => ({ version: each.version, at: each.recordedAt, by: each.changedBy, reason: each.reason, changes: differences(before(index), each.thresholds) }));
  return (
    <Card title={t('rules.history')}>
      {entries.length === 0 ? <Empty title={t('rules.history.none')} hint={t('rules.history.none.hint')} />
        : <VersionHistory label={t('rules.history')} entries={entries} backLabel={t('rules.back')} {...(onBack ? { onBack: (entry: VersionEntry) => { const found = rules.versions.find(({ version }) => version === entry.version); if (found) onBack(found.thresholds); } } : {})} />}
    </Card>
  );
}
