import { Tabs } from 'antd';
import { useSearchParams } from 'react-router';
import { useTranslate } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';
import { NodesTab } from './nodes.tsx';
import { PressureTab } from './pressure.tsx';
import { SlowRequestsTab } from './slow-requests.tsx';

const TABS = ['nodes', 'pressure', 'slow'] as const;

/** Is anything about to fail: the processes, what presses them beside how late payments are, and what took long. */
export function Component() {
  const t = useTranslate();
  const [params, setParams] = useSearchParams();
  const tab = TABS.find((each) => each === params.get('tab')) ?? 'nodes';
  return (
    <Page title={t('ops.title')} sub={t('ops.sub')}>
      <Tabs activeKey={tab} onChange={(key) => setParams(key === 'nodes' ? {} : { tab: key })} destroyOnHidden items={[
        { key: 'nodes', label: t('ops.tab.nodes'), children: <NodesTab /> }, { key: 'pressure', label: t('ops.tab.pressure'), children: <PressureTab /> }, { key: 'slow', label: t('ops.tab.slow'), children: <SlowRequestsTab /> },
      ]} />
    </Page>
  );
}
