import { Segmented, Tabs } from 'antd';
import { useCallback, useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { LEVELS, loadMakes, type MakeLevel, type MakeScore } from '../../api/makes.ts';
import { formatCount } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { Packs } from './packs.tsx';
import { addressOf, nameOf, Score } from './words.tsx';

/** Who is to blame: makes of charge points by how they keep to the protocol, the worst first. */
export function Component() {
  const t = useTranslate();
  const [params, setParams] = useSearchParams();
  const tab = params.get('tab') === 'packs' ? 'packs' : 'scores';
  return (
    <Page title={t('maker.title')} sub={t('maker.sub')}>
      <Tabs activeKey={tab} onChange={(key) => setParams(key === 'scores' ? {} : { tab: key })} destroyOnHidden items={[{ key: 'scores', label: t('maker.tab.scores'), children: <Scores /> }, { key: 'packs', label: t('maker.tab.packs'), children: <Packs /> }]} />
    </Page>
  );
}

function Scores() {
  const t = useTranslate();
  const [params, setParams] = useSearchParams();
  const level = LEVELS.find((each) => each === params.get('level')) ?? 'model';
  const load = useCallback((cursor: string | undefined) => loadMakes(level, cursor), [level]);
  const list = useKeyset<MakeScore>(['makes', level], load);
  const columns = useMemo<readonly Column<MakeScore>[]>(() => [
    { key: 'name', title: t('maker.name'), render: (row) => <Link className="cell-main" to={addressOf(row)}>{nameOf(t, row)}</Link>, text: (row) => nameOf(t, row) },
    { key: 'score', title: t('maker.score'), render: (row) => <Score of={row} />, text: (row) => String(row.score ?? '') },
    { key: 'confidence', title: t('maker.confidence'), wideOnly: true, render: (row) => t(`maker.confidence.${row.confidence}`), text: (row) => t(`maker.confidence.${row.confidence}`) },
    { key: 'weakest', title: t('maker.weakest'), under: true, render: (row) => row.weakest === null ? <span className="muted">–</span> : t(`maker.fault.${row.weakest}`), text: (row) => row.weakest ?? '' },
    { key: 'points', title: t('maker.points'), numeric: true, wideOnly: true, render: (row) => formatCount(row.points), text: (row) => String(row.points) },
    { key: 'sessions', title: t('maker.sessions'), numeric: true, wideOnly: true, render: (row) => formatCount(row.counts['sessions'] ?? 0), text: (row) => String(row.counts['sessions'] ?? 0) },
    { key: 'abnormal', title: t('maker.abnormal'), numeric: true, wideOnly: true, render: (row) => formatCount(row.counts['abnormalSessions'] ?? 0), text: (row) => String(row.counts['abnormalSessions'] ?? 0) },
  ], [t]);
  return (
    <ListCard name="makes" label={t('maker.title')} list={list} columns={columns} rowKey={(row) => JSON.stringify([row.maker, row.model, row.firmware])} href={addressOf} loadPage={load}
      sums={<Segmented<MakeLevel> aria-label={t('maker.level')} value={level} onChange={(next) => setParams(next === 'model' ? {} : { level: next })} options={LEVELS.map((value) => ({ value, label: t(`maker.level.${value}`) }))} />}
      empty={<Empty title={t('maker.list.empty')} hint={t('maker.list.empty.hint')} />} />
  );
}
