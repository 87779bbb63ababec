import { useCallback } from 'react';
import { loadSessions, type SessionPage, type SessionRow } from '../../api/charging.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { useSessionColumns } from './sessions-page.tsx';

type Filter = { readonly stationId?: string; readonly chargePointId?: string; readonly memberId?: string };

/** The sessions of one object, newest first. */
export function SessionsCard({ title, filter }: { title?: string; filter: Filter }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const key = JSON.stringify(filter);
  const load = useCallback((cursor: string | undefined) => loadSessions(JSON.parse(key) as Filter, cursor), [key]);
  const list = useKeyset<SessionRow, SessionPage>(['sessions', 'of', key], load);
  const columns = useSessionColumns(t, currency).filter((column) => !(filter.stationId || filter.chargePointId ? ['station'] : []).includes(column.key) && !(filter.memberId && column.key === 'member') && !column.hiddenAtFirst);
  return (
    <Card {...(title ? { title } : {})} flush>
      <DataTable label={title ?? t('session.title')} columns={columns} rows={list.rows} rowKey={(row) => row.sessionId} href={(row) => `/sessions/${row.sessionId}`} keys={false} more={list.more} loading={list.loading}
        empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('session.empty')} hint={t('session.empty.hint')} />} />
    </Card>
  );
}
