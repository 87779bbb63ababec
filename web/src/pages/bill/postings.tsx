import type { Bill, Posting, SessionDetail } from '../../api/charging.ts';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { translateCode, useTranslate, type Translate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';

type Row = Posting & { readonly version: number };
const TRANSFER_ID_SHOWN = 8;

/** The way of every fen and watt-hour through the ledger: which transfer a version booked, between which accounts. */
export function Postings({ session }: { session: SessionDetail }) {
  const t = useTranslate();
  const rows = session.versions.flatMap((bill) => bill.postings.map((posting): Row => ({ ...posting, version: bill.version })));
  const several = session.versions.length > 1;
  const currency = session.bill?.total.currency;
  const columns: readonly Column<Row>[] = [
    ...(several ? [{ key: 'version', title: t('session.version'), numeric: true, render: (row: Row) => row.version }] : []),
    { key: 'purpose', title: t('bill.line.what'), render: (row) => <>{purposeName(t, row, session.versions)}<span className="cell-sub narrow-only"><Account account={row.debit} /> / <Account account={row.credit} /></span></> },
    { key: 'debit', title: t('posting.debit'), wideOnly: true, render: (row) => <Account account={row.debit} /> },
    { key: 'credit', title: t('posting.credit'), wideOnly: true, render: (row) => <Account account={row.credit} /> },
    { key: 'money', title: t('session.amount'), unit: currency, numeric: true, render: (row) => row.purpose === 'hold_voided' || row.amount === null ? <span className="muted">–</span> : formatMinor(row.amount.amountMinor, row.amount.currency) },
    { key: 'energy', title: t('session.energy'), unit: 'kWh', numeric: true, render: (row) => row.energyWh === null ? <span className="muted">–</span> : formatKwh(row.energyWh) },
    { key: 'transfer', title: t('posting.transfer'), wideOnly: true, render: (row) => <span className="mono muted" title={row.transferId}>{row.transferId.slice(0, TRANSFER_ID_SHOWN)}…</span> },
  ];
  return <DataTable label={t('posting.title')} rows={rows} rowKey={(row) => row.transferId} columns={columns}
    empty={<div style={{ padding: '4px 20px 16px' }} className="muted">{t(session.bill?.state === 'held' ? 'posting.none.held' : 'posting.none')}</div>} />;
}

function Account({ account }: { account: Posting['debit'] }) {
  const t = useTranslate();
  return account.kind === null ? <span className="mono" title={account.accountId}>{account.accountId.slice(0, TRANSFER_ID_SHOWN)}…</span> : <span title={account.accountId}>{translateCode(t, 'ledgerAccount', account.kind)}</span>;
}

/** A reversal says what it undoes and in which version that stood. */
function purposeName(t: Translate, { purpose, reverses }: Posting, versions: readonly Bill[]): string {
  const undone = reverses === null ? undefined : versions.flatMap((bill) => bill.postings.map((posting) => ({ posting, version: bill.version }))).find(({ posting }) => posting.transferId === reverses);
  if (!undone) return translateCode(t, 'posting.purpose', purpose);
  return t('posting.reversalOf', { purpose: translateCode(t, 'posting.purpose', undone.posting.purpose), version: undone.version });
}
