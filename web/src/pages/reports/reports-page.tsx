import { Button, Tabs } from 'antd';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useMayEverywhere } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { Exports } from './exports.tsx';
import { PartPeriods, Periods } from './periods.tsx';

const TABS = ['month', 'day', 'files'] as const;

/** The months and days that can be reported, which of them are published, and the files that were asked for. */
export function Component() {
  const t = useTranslate();
  const everywhere = useMayEverywhere('reports:read');
  const [params, setParams] = useSearchParams();
  const [asking, setAsking] = useState(false);
  const tab = TABS.find((each) => each === params.get('tab')) ?? 'month';
  const periods = (kind: 'month' | 'day') => everywhere ? <Periods kind={kind} /> : <PartPeriods kind={kind} />;
  return (
    <Page title={t('report.title')} sub={t('report.sub')} actions={everywhere && tab === 'files' && <Button type="primary" onClick={() => setAsking(true)}>{t('export.new')}</Button>}>
      <Tabs activeKey={tab} onChange={(key) => setParams(key === 'month' ? {} : { tab: key })} destroyOnHidden items={[
        { key: 'month', label: t('report.months'), children: periods('month') }, { key: 'day', label: t('report.days'), children: periods('day') },
        ...(everywhere ? [{ key: 'files', label: t('export.title'), children: <Exports /> }] : []),
      ]} />
      {asking && <ExportDialog onClose={() => setAsking(false)} />}
    </Page>
  );
}
