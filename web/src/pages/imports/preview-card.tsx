import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Skeleton, Spin } from 'antd';
import { useMemo, useState } from 'react';
import { previewImport, type ImportedRow, type ImportPreview, type Mapping } from '../../api/imports.ts';
import { toProblem } from '../../api/problem.ts';
import { formatCount } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Card, Figure, Figures } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RowDrawer } from './row-drawer.tsx';
import { Tally } from './tally.tsx';
import { refusalWord, rowColumns } from './words.tsx';

/** What an import by this mapping would find: counted over the file's beginning, with rows to look at. */
export function PreviewCard({ importId, mapping, zone }: { importId: string; mapping: Mapping | null; zone: string }) {
  const t = useTranslate();
  const { data: preview, error, refetch, isFetching } = useQuery({
    queryKey: ['import-mapping', importId, 'preview', mapping], queryFn: () => previewImport(importId, mapping!), enabled: mapping !== null, placeholderData: keepPreviousData, staleTime: Infinity, retry: false,
  });
  const reason = error ? toProblem(error).data?.reason : null;
  return (
    <Card title={t('import.preview')} label={t('import.preview')} extra={isFetching && preview ? <span role="status"><Spin size="small" /> {t('import.preview.reading')}</span> : undefined}>
      {mapping === null ? <p className="muted">{t('import.preview.none')}</p>
        : error ? <>{typeof reason === 'string' && <p>{translateCode(t, 'import.unreadable', reason)}</p>}<ProblemView error={error} onRetry={() => void refetch()} /></>
          : preview ? <Found preview={preview} zone={zone} /> : <Skeleton active />}
    </Card>
  );
}

function Found({ preview, zone }: { preview: ImportPreview; zone: string }) {
  const t = useTranslate();
  const columns = useMemo(() => rowColumns(t, zone), [t, zone]);
  const [open, setOpen] = useState<ImportedRow | null>(null);
  const refused = preview.refused.reduce((sum, { rows }) => sum + rows, 0);
  return (
    <div style={{ display: 'grid', gap: 20 }}>
      <Figures>
        <Figure label={t('import.rows')} value={formatCount(preview.rowsRead)} note={t(preview.whole ? 'import.preview.whole' : 'import.preview.part', { rows: formatCount(preview.rowsRead) })} />
        <Figure label={t('import.clean')} value={formatCount(preview.clean)} />
        <Figure label={t('import.odd')} value={formatCount(preview.rowsRead - preview.clean - refused)} />
        <Figure label={t('import.refused')} value={formatCount(refused)} />
      </Figures>
      <div><h3 className="import-h3">{t('import.preview.first')}</h3><DataTable label={t('import.preview.first')} columns={columns} rows={preview.first} rowKey={(row) => String(row.rowNumber)} onRow={setOpen} empty={null} /></div>
      <div className="import-two">
        <div><h3 className="import-h3">{t('import.causes')}</h3><Tally none={t('import.causes.none')} lines={preview.causes.map(({ cause, rows, samples }) => ({ key: cause, word: translateCode(t, 'flag', cause), rows, samples }))} onRow={setOpen} /></div>
        <div><h3 className="import-h3">{t('import.refusals')}</h3><Tally none={t('import.refusals.none')} lines={preview.refused.map(({ code, rows, samples }) => ({ key: code, word: refusalWord(t, code), rows, samples }))} onRow={setOpen} /></div>
      </div>
      {open && <RowDrawer row={open} zone={zone} onClose={() => setOpen(null)} />}
    </div>
  );
}
