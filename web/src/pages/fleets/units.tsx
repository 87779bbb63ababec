import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { loadDepartments, loadFleets } from '../../api/fleets.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { useUnits } from '../reports/words.tsx';

export function Fleets() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { departmentName } = useUnits();
  const { data, error, refetch } = useQuery({ queryKey: ['fleets'], queryFn: loadFleets });
  return (
    <Card flush>{error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <DataTable label={t('fleet.tab')} loading={!data} rows={data ?? []} rowKey={(row) => row.fleetId} empty={<Empty title={t('fleet.none')} hint={t('fleet.none.hint')} />} columns={[
      { key: 'name', title: t('fleet.name'), render: (row) => <Link className="cell-main" to={`/fleets?fleetId=${row.fleetId}`}>{row.name}</Link> },
      { key: 'department', title: t('report.by.department'), under: true, render: (row) => row.departmentId === null ? <span className="muted">{t('report.none.department')}</span> : departmentName(row.departmentId) },
      { key: 'at', title: t('fleet.madeAt'), wideOnly: true, render: (row) => <span className="tab">{formatDate(row.createdAt, timeZone)}</span> },
      { key: 'statements', title: t('statement.title'), wideOnly: true, render: () => <Link to="/statements?kind=fleet">{t('action.show')}</Link> },
    ]} />}</Card>
  );
}

export function Departments() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { data, error, refetch } = useQuery({ queryKey: ['departments'], queryFn: loadDepartments });
  const nameOf = (id: string): string => data?.find((each) => each.departmentId === id)?.name ?? id;
  return (
    <Card flush>{error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <DataTable label={t('department.title')} loading={!data} rows={data ?? []} rowKey={(row) => row.departmentId} empty={<Empty title={t('department.none')} hint={t('department.none.hint')} />} columns={[
      { key: 'name', title: t('department.name'), render: (row) => <span className="cell-main">{row.name}</span> },
      { key: 'parent', title: t('department.parent'), under: true, render: (row) => row.parentId === null ? <span className="muted">{t('department.top')}</span> : nameOf(row.parentId) },
      { key: 'pays', title: t('department.pays'), wideOnly: true, render: (row) => t(row.paysFromParent ? 'department.pays.parent' : 'department.pays.own') },
      { key: 'at', title: t('fleet.madeAt'), wideOnly: true, render: (row) => <span className="tab">{formatDate(row.createdAt, timeZone)}</span> },
    ]} />}</Card>
  );
}
