import './imports.css';
import { Button } from 'antd';
import { Link } from 'react-router';
import type { ImportedRow } from '../../api/imports.ts';
import { formatCount } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';

type Line = { readonly key: string; readonly word: string; readonly rows: number; readonly samples?: readonly ImportedRow[]; readonly to?: string };

/** Rows by one thing, the most first, each with rows to look at or a link to all of them. */
export function Tally({ lines, none, onRow }: { lines: readonly Line[]; none: string; onRow?: (row: ImportedRow) => void }) {
  const t = useTranslate();
  if (lines.length === 0) return <p className="muted">{none}</p>;
  const most = Math.max(...lines.map(({ rows }) => rows));
  return (
    <ul className="tally import-tally">{lines.map(({ key, word, rows, samples, to }) => (
      <li key={key}>
        <span className="name">{to ? <Link to={to}>{word}</Link> : word}</span>
        <span className="bar" aria-hidden="true"><i style={{ width: `${(rows / most) * 100}%` }} /></span>
        <b className="tab">{formatCount(rows)}</b>
        {samples && onRow && <span className="muted">{samples.slice(0, 3).map((row) => <Button key={row.rowNumber} type="link" size="small" onClick={() => onRow(row)}>{t('import.row.title', { row: row.rowNumber })}</Button>)}</span>}
      </li>
    ))}</ul>
  );
}
