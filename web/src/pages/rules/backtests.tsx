import { Link } from 'react-router';
import { loadBacktests, type AnomalyRules, type BacktestSummary } from '../../api/rules.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDate, formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State, type Tone } from '../../ui/state.tsx';
import { defaultsOf, useRuleWords } from './words.ts';

const TONES: Readonly<Record<BacktestSummary['state'], Tone>> = { waiting: 'neutral', running: 'live', done: 'good', failed: 'bad' };
export function BacktestStateWord({ state }: { state: BacktestSummary['state'] }) {
  const t = useTranslate();
  return <State tone={TONES[state]}>{t(`backtest.state.${state}`)}</State>;
}

/** What was tried before, by whom, and what came of it. */
export function Backtests({ shown, rules, onShow }: { shown: string | null; rules: AnomalyRules; onShow: (backtestId: string) => void }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { differences } = useRuleWords();
  const list = useKeyset<BacktestSummary>(['rules', 'backtests'], loadBacktests);
  const base = (version: number) => (version === 0 ? defaultsOf(rules) : rules.versions.find((each) => each.version === version)?.thresholds);
  const tried = (row: BacktestSummary): string => { const from = base(row.fromVersion); return from ? differences(from, row.thresholds).map(({ name, to }) => `${name}: ${to}`).join('; ') : ''; };
  return (
    <Card title={t('backtest.list')} label={t('backtest.list')} flush>
      <DataTable label={t('backtest.list')} keys={false} rows={list.rows} rowKey={(row) => row.backtestId} onRow={(row) => onShow(row.backtestId)} rowClass={(row) => (row.backtestId === shown ? 'at' : '')} more={list.more} loading={list.loading}
        empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('backtest.list.none')} hint={t('backtest.list.none.hint')} />} columns={[
          { key: 'when', title: t('backtest.col.asked'), render: (row) => <><Link className="cell-main tab" to={`/anomaly-rules?backtest=${row.backtestId}`} onClick={(event) => { event.preventDefault(); onShow(row.backtestId); }}>{formatDateTime(row.requestedAt, timeZone)}</Link><div className="cell-sub">{row.requestedBy}</div></> },
          { key: 'state', title: t('backtest.col.state'), under: true, render: (row) => <BacktestStateWord state={row.state} /> },
          { key: 'tried', title: t('backtest.col.tried'), wideOnly: true, render: (row) => <span className="wrap-text">{tried(row) || t('setting.noDifference')}<div className="cell-sub">{row.from === null ? t('rules.span.all') : t('backtest.since', { day: formatDate(row.from, timeZone) })}</div></span> },
          { key: 'newly', title: t('backtest.newly'), numeric: true, render: (row) => formatCount(row.newlyFlagged) },
          { key: 'gone', title: t('backtest.gone'), numeric: true, render: (row) => formatCount(row.noLongerFlagged) },
          { key: 'bills', title: t('backtest.col.bills'), numeric: true, wideOnly: true, render: (row) => formatCount(row.billsDone) },
        ]} />
    </Card>
  );
}
