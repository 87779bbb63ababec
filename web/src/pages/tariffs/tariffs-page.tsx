import { Button, Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { loadTariffs, type Tariff } from '../../api/tariffs.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { minuteOfDay } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useKeyset } from '../../ui/keyset.ts';
import { useNow } from '../../ui/now.ts';
import { Card, Page } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { AssignTariff } from './assign-tariff.tsx';
import { OccupancyText, TariffDay } from './tariff-day.tsx';
import { TariffEditor } from './tariff-editor.tsx';

type Editing = { readonly from: Tariff | null } | null;

export function Component() {
  const t = useTranslate();
  const mayWrite = useMay('tariffs:write');
  const { timeZone } = useLoggedIn();
  const now = minuteOfDay(useNow(60_000), timeZone);
  const [editing, setEditing] = useState<Editing>(null);
  const [assigning, setAssigning] = useState<Tariff | null>(null);
  const list = useKeyset<Tariff>(['tariffs'], loadTariffs);
  const newest = useMemo(() => newestVersions(list.rows), [list.rows]);
  const create = mayWrite && <Button type="primary" onClick={() => setEditing({ from: null })}>{t('tariff.new')}</Button>;
  return (
    <Page title={t('tariff.title')} sub={t('tariff.sub')} actions={create}>
      {list.error ? <Card><ProblemView error={list.error} onRetry={list.refresh} /></Card> : null}
      {list.loading && <Card><Skeleton active /></Card>}
      {!list.loading && !list.error && newest.length === 0 && <Card><Empty title={t('tariff.empty')} hint={t('tariff.empty.hint')} action={create} /></Card>}
      {newest.map((tariff) => (
        <Card key={tariff.tariffId} title={<Link to={`/tariffs/${tariff.tariffId}`} style={{ color: 'inherit' }}>{tariff.name}</Link>}
          extra={<><span className="muted">{t('tariff.version', { version: tariff.version })}</span>{mayWrite && <><Button size="small" onClick={() => setEditing({ from: tariff })}>{t('tariff.newVersion')}</Button><Button size="small" onClick={() => setAssigning(tariff)}>{t('tariff.assign')}</Button></>}</>}>
          <TariffDay tariff={tariff} now={now} />
          <p className="muted" style={{ marginTop: 10 }}>{tariff.currency}/kWh · <OccupancyText tariff={tariff} /></p>
        </Card>
      ))}
      {editing && <TariffEditor from={editing.from} onClose={() => setEditing(null)} />}
      {assigning && <AssignTariff tariff={assigning} onClose={() => setAssigning(null)} />}
    </Page>
  );
}

/** One entry a tariff: its newest version. The list comes newest first. */
function newestVersions(rows: readonly Tariff[]): readonly Tariff[] {
  const bySeries = new Map<string, Tariff>();
  for (const row of rows) {
    const known = bySeries.get(row.seriesId);
    if (!known || known.version < row.version) bySeries.set(row.seriesId, row);
  }
  return [...bySeries.values()].sort((a, b) => a.name.localeCompare(b.name));
}
