import { useQuery } from '@tanstack/react-query';
import { Button, Collapse } from 'antd';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { loadExamples, loadPrescriptions, type Example, type Fault, type MakeName, type MakeScore } from '../../api/makes.ts';
import { usePreferences } from '../../app/preferences.ts';
import { formatCount } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { useKeyset } from '../../ui/keyset.ts';
import { ProblemView } from '../../ui/problem-view.tsx';

/** Each kind of fault that was counted: what the protocol prescribes there, and frames or sessions that show it. */
export function Examples({ make, counts }: { make: MakeName; counts: MakeScore['counts'] }) {
  const t = useTranslate();
  const { language } = usePreferences();
  const { data, error, refetch } = useQuery({ queryKey: ['makes', 'prescriptions'], queryFn: loadPrescriptions, staleTime: Infinity });
  if (error && !data) return <ProblemView error={error} onRetry={() => void refetch()} />;
  const found = (data ?? []).filter(({ fault }) => (counts[fault] ?? 0) > 0);
  if (data && found.length === 0) return <p className="muted">{t('maker.examples.none')}</p>;
  return (
    <>
      <p className="muted">{t('maker.masked')}</p>
      <Collapse destroyOnHidden items={found.map(({ fault, title, rule, clauses }) => ({
        key: fault, label: `${title[language]}: ${formatCount(counts[fault] ?? 0)}`,
        children: <><p>{rule[language]}</p><p className="muted">{clauses.join(' · ')}</p><Shown make={make} fault={fault} /></>,
      }))} />
    </>
  );
}

function Shown({ make, fault }: { make: MakeName; fault: Fault }) {
  const t = useTranslate();
  const load = useCallback((cursor: string | undefined) => loadExamples(make, fault, cursor), [make, fault]);
  const list = useKeyset<Example>(['makes', 'examples', make, fault], load);
  if (list.error) return <ProblemView error={list.error} onRetry={list.refresh} />;
  return (
    <div style={{ display: 'grid', gap: 10 }}>
      {!list.loading && list.rows.length === 0 && <p className="muted">{t('maker.examples.empty')}</p>}
      {list.rows.map((row) => (
        <div key={row.sessionId ?? row.frame?.sequence ?? row.detail}>
          <div><Link className="mono" to={`/charge-points/${row.chargePointId}`}>{row.chargePoint}</Link> <span className="tab">{row.countedOn}</span> {row.sessionId && <Link className="mono" to={`/sessions/${row.sessionId}`}>{row.sessionId.slice(-8)}</Link>}</div>
          <div>{row.causes.length > 0 ? row.causes.map((cause) => translateCode(t, 'flag', cause)).join(', ') : row.detail}</div>
          {row.frame && <pre className="mono" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', margin: 0 }}>{row.frame.frame}</pre>}
        </div>
      ))}
      {list.more.hasMore && <div><Button onClick={() => list.more.load()}>{t('maker.examples.more')}</Button></div>}
    </div>
  );
}
