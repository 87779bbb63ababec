import { useQuery } from '@tanstack/react-query';
import { Button, Steps } from 'antd';
import { useNavigate, useParams } from 'react-router';
import { bringAgain, loadImport, type ImportStory } from '../../api/imports.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { Report } from './report.tsx';
import { ImportStateWord, isWorking, pathOf } from './words.tsx';
import { Wizard } from './wizard.tsx';

const WORKING_REFRESH_MS = 2_000;

/** One table: how it is to be read while it has not begun, then what was found in it. */
export function Component() {
  const t = useTranslate();
  const { importId = '' } = useParams();
  const { data: story, error, refetch } = useQuery({
    queryKey: ['session-imports', 'one', importId], queryFn: () => loadImport(importId), refetchInterval: ({ state: { data } }) => data && isWorking(data.import) ? WORKING_REFRESH_MS : false,
  });
  const crumbs = [{ to: '/session-imports', label: t('import.title') }];
  if (error) return <ProblemPage title={t('import.title')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!story) return null;
  return <Story key={importId} story={story} />;
}

function Story({ story }: { story: ImportStory }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { timeZone } = useLoggedIn();
  const mayRun = useMayEverywhere('imports:run');
  const { import: one } = story;
  const again = useAct({ run: bringAgain, done: ({ importId }) => { void navigate(pathOf(importId)); return t('import.again.done'); }, stale: ['session-imports'] });
  const step = one.state === 'uploaded' ? 2 : 3;
  return (
    <Page title={one.fileName} crumbs={[{ to: '/session-imports', label: t('import.title') }]} sub={<><ImportStateWord state={one.state} /><span>{one.requestedBy}</span><span>{formatDateTime(one.requestedAt, timeZone)}</span><span className="mono" title={one.sha256}>SHA-256 {one.sha256.slice(0, 12)}…</span></>}
      actions={mayRun && (one.state === 'done' || one.state === 'failed') && <Button type={one.state === 'failed' ? 'primary' : 'default'} loading={again.busy} onClick={() => void again.act({ importId: one.importId })}>{t('import.again')}</Button>}>
      <ActProblem problem={again.problem} />
      {(one.state === 'uploaded' || isWorking(one)) && <Steps size="small" current={step} items={(['file', 'columns', 'preview', 'report'] as const).map((key) => ({ title: t(`import.step.${key}`) }))} />}
      {one.state === 'uploaded' ? <Wizard one={one} mayRun={mayRun} /> : <Report story={story} />}
    </Page>
  );
}
