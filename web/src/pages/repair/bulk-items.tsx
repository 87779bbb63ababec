import { Segmented } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { BULK_ITEM_STATES, loadBulkItems, type BulkItem, type BulkItemState, type BulkRunDetail } from '../../api/repair.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { ItemOutcome, itemWord } from './bulk-words.tsx';

const ALL = 'all';
const REFRESH_MS = 5_000;
const path = ({ caseId }: BulkItem): string => `/abnormal-bills/${caseId}`;

/** Every bill of a run: what is charged now, what is proposed, and what became of it. */
export function BulkItems({ run }: { run: BulkRunDetail }) {
  const t = useTranslate();
  const [state, setState] = useState<BulkItemState | typeof ALL>(ALL);
  const back = run.reverts !== null, { runId } = run;
  const load = useCallback((cursor: string | undefined) => loadBulkItems(runId, state === ALL ? undefined : state, cursor), [runId, state]);
  const list = useKeyset<BulkItem>(['bulk-repairs', 'items', runId, state], load, run.state === 'running' ? REFRESH_MS : undefined);
  const columns = useItemColumns(back, run.total.currency);
  return (
    <>
      {run.state !== 'previewed' && <div className="many"><Segmented value={state} onChange={setState} options={[{ value: ALL, label: t('bulk.items.all') }, ...BULK_ITEM_STATES.map((value) => ({ value, label: itemWord(t, value, back) }))]} /></div>}
      <ListCard name="bulk-items" label={t('bulk.items')} list={list} columns={columns} rowKey={(row) => String(row.itemNumber)} href={path} loadPage={load} sums={<b>{t('bulk.items')}</b>} empty={<Empty title={t('bulk.items.none')} />} />
    </>
  );
}

function useItemColumns(back: boolean, currency: string): readonly Column<BulkItem>[] {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const restsOn = useCallback((row: BulkItem): string => `${translateCode(t, 'repair.source', row.source)}${row.confidence === null ? '' : ` · ${t(`repair.confidence.${row.confidence}`)}`}`, [t]);
  return useMemo(() => [
    { key: 'bill', title: t('repair.cause'), render: (row) => <Link className="cell-main two-lines" to={path(row)}>{translateCode(t, 'flag', row.cause)}</Link>, text: (row) => translateCode(t, 'flag', row.cause) },
    { key: 'place', title: t('repair.place'), wideOnly: true, render: (row) => <><span className="clip" title={row.stationName ?? ''}>{row.stationName ?? '–'}</span><div className="cell-sub">{row.chargePointIdentity}{row.occurredAt !== null && ` · ${formatDateTime(row.occurredAt, timeZone)}`}</div></>, text: (row) => `${row.stationName ?? ''} ${row.chargePointIdentity ?? ''} ${row.occurredAt ?? ''}` },
    { key: 'charged', title: t('bulk.charged'), unit: currency, numeric: true, wideOnly: true, render: (row) => row.charged === null ? <span className="muted">{t('unknown')}</span> : formatMinor(row.charged.amountMinor, row.charged.currency), text: (row) => row.charged === null ? '' : formatMinor(row.charged.amountMinor, row.charged.currency) },
    { key: 'energy', title: t('bulk.energy'), unit: 'kWh', numeric: true, wideOnly: true, render: (row) => <>{formatKwh(row.energyWh)}<div className="cell-sub">{restsOn(row)}</div></>, text: (row) => formatKwh(row.energyWh) },
    { key: 'source', title: t('repair.change.source'), wideOnly: true, optional: true, hiddenAtFirst: true, render: restsOn, text: restsOn },
    { key: 'total', title: t(back ? 'bulk.repairedFor' : 'bulk.proposed'), unit: currency, numeric: true, render: (row) => formatMinor(row.total.amountMinor, row.total.currency), text: (row) => formatMinor(row.total.amountMinor, row.total.currency) },
    { key: 'outcome', title: t('bulk.outcome'), under: true, render: (row) => <ItemOutcome item={row} isRevert={back} />, text: (row) => `${itemWord(t, row.state, back)}${row.code === null ? '' : `: ${translateCode(t, 'repair.refused', row.code)}`}` },
  ], [t, back, currency, timeZone, restsOn]);
}
