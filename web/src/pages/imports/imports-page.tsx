import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { loadImports, type SessionImport } from '../../api/imports.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { UploadDialog } from './upload-dialog.tsx';
import { ImportStateWord, pathOf } from './words.tsx';

const href = ({ importId }: SessionImport): string => pathOf(importId);

/** Tables of sessions that were brought from elsewhere, newest first. */
export function Component() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const mayRun = useMayEverywhere('imports:run');
  const [bringing, setBringing] = useState(false);
  const list = useKeyset<SessionImport>(['session-imports', 'all'], loadImports);
  const columns = useMemo<readonly Column<SessionImport>[]>(() => [
    { key: 'file', title: t('import.file'), render: (row) => <Link className="cell-main" to={href(row)}>{row.fileName}</Link>, text: (row) => row.fileName },
    { key: 'state', title: t('import.state'), under: true, render: (row) => <ImportStateWord state={row.state} />, text: (row) => t(`import.state.${row.state}`) },
    { key: 'rows', title: t('import.rows'), numeric: true, render: (row) => row.rowsRead === 0 ? <span className="muted">–</span> : formatCount(row.rowsRead), text: (row) => String(row.rowsRead) },
    { key: 'at', title: t('import.at'), wideOnly: true, render: (row) => <span className="tab">{formatDateTime(row.requestedAt, timeZone)}</span>, text: (row) => formatDateTime(row.requestedAt, timeZone) },
    { key: 'finished', title: t('import.finished'), wideOnly: true, render: (row) => row.finishedAt === null ? <span className="muted">–</span> : <span className="tab">{formatDateTime(row.finishedAt, timeZone)}</span>, text: (row) => row.finishedAt === null ? '' : formatDateTime(row.finishedAt, timeZone) },
    { key: 'by', title: t('import.by'), wideOnly: true, render: (row) => row.requestedBy, text: (row) => row.requestedBy },
  ], [t, timeZone]);
  const bring = mayRun && <Button type="primary" onClick={() => setBringing(true)}>{t('import.bring')}</Button>;
  return (
    <Page title={t('import.title')} sub={t('import.sub')} actions={bring}>
      <ListCard name="session-imports" label={t('import.title')} list={list} columns={columns} rowKey={(row) => row.importId} href={href} loadPage={loadImports} empty={<Empty title={t('import.none')} hint={t('import.none.hint')} />} />
      {bringing && <UploadDialog onClose={() => setBringing(false)} />}
    </Page>
  );
}
