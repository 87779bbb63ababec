import { Skeleton } from 'antd';
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { usePreferences } from '../app/preferences.ts';
import { useTranslate } from '../i18n/index.ts';
import { useRowKeys } from './row-keys.ts';

export type Column<Row> = {
  readonly key: string;
  readonly title: string;
  /** Stands in the header, so that the figures below carry none. */
  readonly unit?: string | undefined;
  readonly numeric?: boolean;
  /** Left out below 640 px. */
  readonly wideOnly?: boolean;
  /** Below 640 px it stands under the first cell instead of beside it; its words must say what it is without their header. */
  readonly under?: boolean;
  /** May be switched off; `hiddenAtFirst` starts that way. */
  readonly optional?: boolean;
  readonly hiddenAtFirst?: boolean;
  readonly render: (row: Row) => ReactNode;
  /** The cell in an export. */
  readonly text?: (row: Row) => string;
};
export type More = { readonly hasMore: boolean; readonly loading: boolean; readonly load: () => void };

type Props<Row> = {
  label: string; columns: readonly Column<Row>[]; rows: readonly Row[]; rowKey: (row: Row) => string; href?: (row: Row) => string; onRow?: (row: Row) => void;
  more?: More; loading?: boolean; empty: ReactNode; footer?: ReactNode; keys?: boolean; rowClass?: (row: Row) => string; onRowHover?: (row: Row | null) => void;
};

const ROW_PX = { comfortable: 44, compact: 34 } as const; // --k-row in styles.css
const UNDER_PX = 24; // .cell-under in styles.css
const VIRTUAL_FROM = 120; // Fewer rows than this are all in the document, so that the browser's own search finds them.
const OVERSCAN = 20;

/** A real table with sticky header, keyboard rows and keyset paging; past 120 rows only those in sight exist in the document. */
export function DataTable<Row>(props: Props<Row>) {
  const { columns, rows, rowKey, href, onRow, more, loading = false, empty, footer, label } = props;
  const t = useTranslate();
  const navigate = useNavigate();
  const { density } = usePreferences();
  const body = useRef<HTMLTableSectionElement>(null);
  const narrow = useNarrow();
  const shown = useMemo(() => columns.filter((column) => !narrow || !(column.wideOnly || column.under)), [columns, narrow]);
  const under = useMemo(() => (narrow ? columns.filter((column) => column.under) : []), [columns, narrow]);
  const rowPx = ROW_PX[density] + under.length * UNDER_PX;
  const [from, to] = useWindow(body, rows.length, rowPx);
  const open = (row: Row) => { if (href) void navigate(href(row)); else onRow?.(row); };
  const at = useRowKeys({ enabled: props.keys ?? Boolean(href), count: rows.length, open: (index) => { const row = rows[index]; if (row) open(row); }, body, rowPx });
  const sentinel = useLoadMore(more);

  if (loading && rows.length === 0) return <div style={{ padding: 20 }}><Skeleton active title={false} paragraph={{ rows: 6 }} /></div>;
  if (rows.length === 0) return <>{empty}</>;
  return (
    <>
      <div className="table-wrap" tabIndex={0} role="region" aria-label={label}>
        <table className="data" style={under.length > 0 ? { '--k-row': `${rowPx}px` } as CSSProperties : undefined} aria-rowcount={more?.hasMore ? -1 : rows.length + 1}>
          <caption className="visually-hidden">{label}</caption>
          <thead><tr>{shown.map((column) => (
            <th key={column.key} scope="col" className={column.numeric ? 'num' : undefined}>{column.title}{column.unit && <span className="unit">({column.unit})</span>}</th>
          ))}</tr></thead>
          <tbody ref={body}>
            {from > 0 && <tr aria-hidden="true"><td colSpan={shown.length} style={{ height: from * rowPx, padding: 0 }} /></tr>}
            {rows.slice(from, to).map((row, offset) => {
              const index = from + offset;
              const classes = [href || onRow ? 'row' : '', index === at ? 'at' : '', props.rowClass?.(row) ?? ''].join(' ').trim();
              return (
                <tr key={rowKey(row)} className={classes} aria-rowindex={index + 2} aria-selected={index === at ? true : undefined}
                  onMouseEnter={props.onRowHover && (() => props.onRowHover?.(row))} onMouseLeave={props.onRowHover && (() => props.onRowHover?.(null))}
                  onClick={(event) => { if (!(event.target as HTMLElement).closest('a,button,input,label') && !getSelection()?.toString()) open(row); }}>
                  {shown.map((column, place) => <td key={column.key} className={column.numeric ? 'num' : undefined}>{column.render(row)}{place === 0 && under.map((below) => <div key={below.key} className="cell-under">{below.render(row)}</div>)}</td>)}
                </tr>
              );
            })}
            {to < rows.length && <tr aria-hidden="true"><td colSpan={shown.length} style={{ height: (rows.length - to) * rowPx, padding: 0 }} /></tr>}
            {footer}
          </tbody>
        </table>
      </div>
      {more && <div ref={sentinel} className="list-end">{more.loading ? t('list.loadingMore') : more.hasMore ? '' : t('list.end')}</div>}
    </>
  );
}

function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia('(max-width: 640px)').matches);
  useEffect(() => {
    const query = matchMedia('(max-width: 640px)');
    const changed = () => setNarrow(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return narrow;
}

/** The slice of rows in sight; the page itself scrolls, so the table's place in the window decides. */
function useWindow(body: React.RefObject<HTMLTableSectionElement | null>, count: number, rowPx: number): readonly [number, number] {
  const [range, setRange] = useState<readonly [number, number]>([0, VIRTUAL_FROM]);
  useLayoutEffect(() => {
    if (count <= VIRTUAL_FROM) return;
    const measure = () => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / rowPx) - OVERSCAN);
      const last = Math.ceil((innerHeight - top) / rowPx) + OVERSCAN;
      // Whole steps of ten: fewer renders while scrolling.
      const next: readonly [number, number] = [Math.floor(first / 10) * 10, Math.ceil(last / 10) * 10];
      setRange((now) => now[0] === next[0] && now[1] === next[1] ? now : next);
    };
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    return () => { removeEventListener('scroll', measure); removeEventListener('resize', measure); };
  }, [body, count, rowPx]);
  return count <= VIRTUAL_FROM ? [0, count] : [Math.min(range[0], count), Math.min(range[1], count)];
}

function useLoadMore(more: More | undefined): React.RefObject<HTMLDivElement | null> {
  const sentinel = useRef<HTMLDivElement>(null);
  const wanted = more !== undefined && more.hasMore && !more.loading;
  const load = more?.load;
  useEffect(() => {
    const element = sentinel.current;
    if (!wanted || !element || !load) return;
    const observer = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) load(); }, { rootMargin: '600px' });
    observer.observe(element);
    return () => observer.disconnect();
  }, [wanted, load]);
  return sentinel;
}
