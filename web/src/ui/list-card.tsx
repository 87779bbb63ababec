import { Button, Checkbox, Popover, App } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslate } from '../i18n/index.ts';
import { DataTable, type Column } from './data-table.tsx';
import type { KeysetList, PageOf } from './keyset.ts';
import { exportRows, EXPORT_ROWS_MAX } from './export.ts';
import { ProblemView, problemSentence } from './problem-view.tsx';
import { toProblem } from '../api/problem.ts';

type Props<Row> = {
  /** Names the list for assistive technology, its exported file and its remembered columns. */
  name: string; label: string; list: KeysetList<Row>; columns: readonly Column<Row>[]; rowKey: (row: Row) => string; href?: (row: Row) => string; onRow?: (row: Row) => void;
  sums?: ReactNode; empty: ReactNode; news?: { count: number; show: () => void }; loadPage?: (cursor: string | undefined) => Promise<PageOf<Row>>; rowClass?: (row: Row) => string;
};

/** A list that answers before it is read: counts and sums on top, then "n new", then the rows. */
export function ListCard<Row>({ name, label, list, columns, rowKey, href, onRow, sums, empty, news, loadPage, rowClass }: Props<Row>) {
  const t = useTranslate();
  const [hidden, setHidden] = useHiddenColumns(name, columns);
  const shown = columns.filter((column) => !hidden.includes(column.key));
  if (list.error && list.rows.length === 0) return <div className="card"><ProblemView error={list.error} onRetry={list.refresh} /></div>;
  return (
    <section className="card" aria-label={label}>
      <div className="sums">
        {sums ?? <span>{t('list.count', { count: list.rows.length })}</span>}
        <span className="tools">
          {columns.some((column) => column.optional) && <ColumnPicker columns={columns} hidden={hidden} onChange={setHidden} />}
          {loadPage && <ExportButton name={name} columns={shown} loadPage={loadPage} />}
        </span>
      </div>
      {news && news.count > 0 && <button type="button" className="news" onClick={news.show}>{t('list.new', { count: news.count })}</button>}
      <DataTable label={label} columns={shown} rows={list.rows} rowKey={rowKey} more={list.more} loading={list.loading} empty={empty}
        {...(href ? { href } : {})} {...(onRow ? { onRow, keys: true } : {})} {...(rowClass ? { rowClass } : {})} />
    </section>
  );
}

function ColumnPicker<Row>({ columns, hidden, onChange }: { columns: readonly Column<Row>[]; hidden: readonly string[]; onChange: (hidden: readonly string[]) => void }) {
  const t = useTranslate();
  const content = (
    <div style={{ display: 'grid', gap: 6 }}>
      {columns.map((column) => (
        <Checkbox key={column.key} checked={!hidden.includes(column.key)} disabled={!column.optional}
          onChange={(event) => onChange(event.target.checked ? hidden.filter((key) => key !== column.key) : [...hidden, column.key])}>{column.title}</Checkbox>
      ))}
    </div>
  );
  return <Popover trigger="click" placement="bottomRight" content={content}><Button type="text" size="small">{t('action.columns')}</Button></Popover>;
}

function ExportButton<Row>({ name, columns, loadPage }: { name: string; columns: readonly Column<Row>[]; loadPage: (cursor: string | undefined) => Promise<PageOf<Row>> }) {
  const t = useTranslate();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      const { cut } = await exportRows(name, columns, loadPage);
      if (cut) void message.warning(t('list.exportCut', { max: EXPORT_ROWS_MAX }));
    } catch (thrown) {
      void message.error(problemSentence(t, toProblem(thrown)));
    } finally {
      setBusy(false);
    }
  };
  return <Button type="text" size="small" loading={busy} onClick={() => void run()}>{busy ? t('list.exporting') : t('action.export')}</Button>;
}

/** Which columns a person wants is remembered per list on this device. */
function useHiddenColumns<Row>(name: string, columns: readonly Column<Row>[]): readonly [readonly string[], (hidden: readonly string[]) => void] {
  const key = `kirchhoff.columns.${name}`;
  const [hidden, setHidden] = useState<readonly string[]>(() => {
    try {
      const saved = localStorage.getItem(key);
      if (saved) return JSON.parse(saved) as string[];
    } catch { /* blocked storage: the defaults stand */ }
    return columns.filter((column) => column.optional && column.hiddenAtFirst).map((column) => column.key);
  });
  return [hidden, (next) => {
    setHidden(next);
    try { localStorage.setItem(key, JSON.stringify(next)); } catch { /* remembered for this page only */ }
  }];
}
