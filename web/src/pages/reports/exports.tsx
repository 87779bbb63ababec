import { Progress } from 'antd';
import { useMemo } from 'react';
import { exportAddress, isWriting, loadExports, type ReportExport } from '../../api/reports.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { ExportStateWord } from './words.tsx';

const REFRESH_MS = 2_000, KIB = 1_024;

/** Files that were asked for, each with how far it is; a finished one is downloaded from here. */
export function Exports() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const list = useKeyset<ReportExport>(['report-exports'], loadExports, REFRESH_MS);
  const columns = useMemo<readonly Column<ReportExport>[]>(() => [
    { key: 'file', title: t('export.file'), render: (row) => row.state === 'done' ? <a className="cell-main" href={exportAddress(row.exportId)} download={row.fileName}>{row.fileName}</a> : <span className="cell-main">{row.fileName}</span> },
    { key: 'what', title: t('export.what'), wideOnly: true, render: (row) => `${t(`export.subject.${row.subject}`)} · ${row.format.toUpperCase()} · ${row.language === 'zh' ? '中文' : 'English'}` },
    { key: 'state', title: t('pay.state'), under: true, render: (row) => <FileProgress file={row} /> },
    { key: 'size', title: t('export.size'), unit: 'KiB', numeric: true, wideOnly: true, render: (row) => row.state === 'done' ? formatCount(Math.max(1, Math.round(row.bytes / KIB))) : <span className="muted">–</span> },
    { key: 'hash', title: 'SHA-256', wideOnly: true, render: (row) => row.sha256 ? <code className="mono" title={row.sha256}>{row.sha256.slice(0, 12)}…</code> : <span className="muted">–</span> },
    { key: 'at', title: t('export.askedAt'), wideOnly: true, render: (row) => <span className="tab">{formatDateTime(row.requestedAt, timeZone)}</span> },
    { key: 'by', title: t('export.askedBy'), wideOnly: true, render: (row) => row.requestedBy },
    { key: 'download', title: t('export.download'), render: (row) => row.state === 'done' ? <a href={exportAddress(row.exportId)} download={row.fileName} aria-label={`${t('export.download')} ${row.fileName}`}>{t('export.download')}</a> : <span className="muted">–</span> },
  ], [t, timeZone]);
  return <Card flush>{list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <DataTable label={t('export.title')} columns={columns} rows={list.rows} rowKey={(row) => row.exportId} loading={list.loading} more={list.more} empty={<Empty title={t('export.none')} hint={t('export.none.hint')} />} />}</Card>;
}

/** A code, and what it says to whoever asks further. */
function Failure({ text }: { text: string }) {
  const t = useTranslate();
  const [code = '', detail] = text.split(': ', 2);
  return <span className="cell-sub"> {translateCode(t, 'export.failed', code)}{detail && <span className="muted"> ({detail})</span>}</span>;
}

function FileProgress({ file }: { file: ReportExport }) {
  const t = useTranslate();
  if (!isWriting(file)) return <><ExportStateWord state={file.state} />{file.failure && <Failure text={file.failure} />}</>;
  const percent = file.rowsTotal ? Math.min(100, Math.floor((file.rowsDone / file.rowsTotal) * 100)) : 0;
  return <span className="figure-and-state" style={{ flexDirection: 'row' }}><ExportStateWord state={file.state} /><Progress percent={percent} size="small" style={{ width: 90, margin: 0 }} aria-label={t('export.progress', { name: file.fileName })} /><span className="muted tab">{formatCount(file.rowsDone)}{file.rowsTotal === null ? '' : ` / ${formatCount(file.rowsTotal)}`}</span></span>;
}
