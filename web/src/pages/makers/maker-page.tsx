import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { loadMake, type Comparison, type MakeDetail, type MakeName, type MakeScore, type PartScore } from '../../api/makes.ts';
import { useMayEverywhere } from '../../app/account.tsx';
import { formatCount, formatKwh } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Card, Figure, Figures, Page } from '../../ui/page.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { Examples } from './examples.tsx';
import { PackDialog } from './packs.tsx';
import { addressOf, nameOf, percent, said, Score } from './words.tsx';

/** One maker, model or firmware: its score and what it is made of, what changed with each firmware, and the frames behind it. */
export function Component() {
  const t = useTranslate();
  const [params] = useSearchParams();
  const [asking, setAsking] = useState(false);
  const mayExport = useMayEverywhere('makes:export');
  const make = useMemo<MakeName>(() => ({ maker: params.get('maker') ?? '', model: params.get('model'), firmware: params.get('firmware') }), [params]);
  const { data, error, refetch } = useQuery({ queryKey: ['makes', 'detail', make], queryFn: () => loadMake(make) });
  const title = nameOf(t, make), crumbs = [{ to: '/makers', label: t('maker.title') }];
  if (error && !data) return <ProblemPage title={title} crumbs={crumbs} error={error} onRetry={refetch} />;
  return (
    <Page title={title} crumbs={crumbs} actions={mayExport && <Button type="primary" onClick={() => setAsking(true)}>{t('maker.pack.make')}</Button>}>
      {data && <Detail detail={data} of={make} />}
      {asking && <PackDialog make={make} onClose={() => setAsking(false)} />}
    </Page>
  );
}

function Detail({ detail: { make, fleet, firmwares, parts }, of }: { detail: MakeDetail; of: MakeName }) {
  const t = useTranslate();
  return (
    <div className="grid">
      <Card>
        <Figures>
          <Figure label={t('maker.score')} value={make.score === null ? '–' : make.score.toFixed(1)} unit={t('maker.of100')} note={make.lowest === null ? '' : t('maker.atLeast', { score: make.lowest.toFixed(1) })} />
          <Figure label={t('maker.confidence')} value={t(`maker.confidence.${make.confidence}`)} words note={t('maker.frames', { count: formatCount(make.counts['frames'] ?? 0) })} />
          <Figure label={t('maker.sessions')} value={formatCount(make.counts['sessions'] ?? 0)} note={`${t('maker.abnormal')} ${formatCount(make.counts['abnormalSessions'] ?? 0)}`} />
          <Figure label={t('maker.energy')} value={formatKwh(make.energyWh)} unit="kWh" note={`${t('maker.unexplained')} ${formatKwh(make.unexplainedWhMax)} kWh`} />
        </Figures>
      </Card>
      <Card title={t('maker.parts')} flush><Parts parts={make.parts} /></Card>
      {of.model !== null && firmwares.length > 0 && <Card title={t('maker.firmwares')}><Firmwares firmwares={firmwares} /></Card>}
      {of.model === null && parts.length > 0 && <Card title={t('maker.models')} flush><Models models={parts} /></Card>}
      <Card title={t('maker.fleet')}>{fleet === null ? <p className="muted">{t('maker.fleet.none')}</p> : <Changes changes={fleet.comparison} kind="fleet" firmware="" same={t('maker.fleet.same')} />}</Card>
      <Card title={t('maker.examples')}><Examples make={of} counts={make.counts} /></Card>
    </div>
  );
}

function Parts({ parts }: { parts: readonly PartScore[] }) {
  const t = useTranslate();
  const dash = <span className="muted">–</span>;
  const columns: readonly Column<PartScore>[] = [
    { key: 'part', title: t('maker.part'), render: (row) => <span className="cell-main">{t(`maker.part.${row.part}`)}</span> },
    { key: 'points', title: t('maker.pointsOf'), numeric: true, render: (row) => row.points === null ? dash : <b>{row.points.toFixed(1)}</b> },
    { key: 'rate', title: t('maker.rate'), numeric: true, render: (row) => row.chances === 0 ? dash : percent(row.rate) },
    { key: 'faults', title: t('maker.faults'), numeric: true, wideOnly: true, render: (row) => formatCount(row.faults) },
    { key: 'chances', title: t('maker.chances'), numeric: true, wideOnly: true, render: (row) => formatCount(row.chances) },
    { key: 'range', title: t('maker.range'), numeric: true, wideOnly: true, render: (row) => row.chances === 0 ? dash : `${percent(row.interval.low)} – ${percent(row.interval.high)}` },
    { key: 'weight', title: t('maker.weight'), numeric: true, wideOnly: true, render: (row) => formatCount(row.weight) },
  ];
  return <DataTable label={t('maker.parts')} keys={false} columns={columns} rows={parts} rowKey={(row) => row.part} empty={null} />;
}

type Firmware = MakeDetail['firmwares'][number];
/** In the order in which they appeared, each with what changed since the one before. */
function Firmwares({ firmwares }: { firmwares: readonly Firmware[] }) {
  const t = useTranslate();
  return (
    <ul aria-label={t('maker.firmwares')} style={{ margin: 0, padding: 0, listStyle: 'none', display: 'grid', gap: 14 }}>
      {firmwares.map(({ make, since }) => (
        <li key={make.firmware ?? ''}>
          <div style={{ display: 'flex', flexWrap: 'wrap', alignItems: 'baseline', gap: 10 }}>
            <Link className="cell-main" to={addressOf(make)}>{said(t, make.firmware ?? '')}</Link><Score of={make} /><span className="muted">{t('maker.sessions')} {formatCount(make.counts['sessions'] ?? 0)}</span>
          </div>
          {since === null ? <span className="muted">{t('maker.firmware.first')}</span> : <Changes changes={since.changes} kind="since" firmware={said(t, make.firmware ?? '')} same={t('maker.firmware.same', { firmware: said(t, since.firmware) })} />}
        </li>
      ))}
    </ul>
  );
}

function Models({ models }: { models: readonly MakeScore[] }) {
  const t = useTranslate();
  const columns: readonly Column<MakeScore>[] = [
    { key: 'model', title: t('maker.level.model'), render: (row) => <Link className="cell-main" to={addressOf(row)}>{said(t, row.model ?? '')}</Link> }, { key: 'score', title: t('maker.score'), render: (row) => <Score of={row} /> },
    { key: 'sessions', title: t('maker.sessions'), numeric: true, wideOnly: true, render: (row) => formatCount(row.counts['sessions'] ?? 0) },
  ];
  return <DataTable label={t('maker.models')} keys={false} columns={columns} rows={models} rowKey={(row) => row.model ?? ''} empty={null} />;
}

/** Differences that the traffic proves, in words. */
function Changes({ changes, kind, firmware, same }: { changes: readonly Comparison[]; kind: 'since' | 'fleet'; firmware: string; same: string }) {
  const t = useTranslate();
  const shown = changes.flatMap((each) => (each.verdict === 'no_difference_shown' ? [] : [{ ...each, verdict: each.verdict }]));
  if (shown.length === 0) return <span className="muted">{same}</span>;
  return (
    <ul style={{ margin: 0, paddingInlineStart: 0, listStyle: 'none', display: 'grid', gap: 4, whiteSpace: 'normal' }}>
      {shown.map(({ part, verdict, before, after }) => {
        const words = { what: t(`maker.fault.${part}`), before: percent(before.rate), after: percent(after.rate) };
        return <li key={part} style={{ overflowWrap: 'anywhere' }}><span aria-hidden="true">{verdict === 'fell' ? '↓ ' : '↑ '}</span>{kind === 'since' ? t(`maker.since.${verdict}`, { firmware, ...words }) : t(`maker.fleet.${verdict}`, words)}</li>;
      })}
    </ul>
  );
}
