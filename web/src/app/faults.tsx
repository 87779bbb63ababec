import { Button } from 'antd';
import { useRouteError } from 'react-router';
import { useTranslate } from '../i18n/index.ts';
import { Card, Page } from '../ui/page.tsx';
import { Empty, ProblemView } from '../ui/problem-view.tsx';

export function MissingPage() {
  const t = useTranslate();
  return <Page title={t('page.missing')}><Card><Empty title={t('page.missing')} hint={t('page.missing.hint')} /></Card></Page>;
}

/** A fault of the console itself, or a chunk that an upgrade has replaced: the reload button helps with both. */
export function RouteFault() {
  const t = useTranslate();
  const error = useRouteError();
  return (
    <div className="shell-content"><Page title={t('problem.title')}>
      <Card><ProblemView error={error} /><div className="empty" style={{ paddingTop: 0 }}><Button type="primary" onClick={() => location.reload()}>{t('action.reload')}</Button></div></Card>
    </Page></div>
  );
}
