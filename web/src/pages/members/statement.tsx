import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { loadStatement, type Movement } from '../../api/wallets.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';

/** Every movement of a member's money, newest first, with the balance after it. */
export function Statement({ memberId }: { memberId: string }) {
  const t = useTranslate();
  const { timeZone, currency } = useLoggedIn();
  const load = useCallback((cursor: string | undefined) => loadStatement(memberId, cursor), [memberId]);
  const list = useKeyset<Movement>(['wallets', memberId, 'statement'], load);
  const columns = useMemo<readonly Column<Movement>[]>(() => [
    { key: 'at', title: t('wallet.movement.when'), render: (row) => <span className="tab">{formatDateTime(row.at, timeZone)}</span> },
    { key: 'what', title: t('wallet.movement.what'), under: true, render: (row) => <>{row.sessionId ? <Link to={`/sessions/${row.sessionId}`}>{translateCode(t, 'movement', row.kind)}</Link> : translateCode(t, 'movement', row.kind)}{row.note && <span className="muted"> · {row.note}</span>}</> },
    { key: 'by', title: t('wallet.movement.by'), wideOnly: true, render: (row) => row.actor ?? <span className="muted">–</span> },
    { key: 'amount', title: t('wallet.movement.amount'), unit: currency, numeric: true, render: (row) => <span style={{ color: row.amount.amountMinor.startsWith('-') ? undefined : 'var(--k-good)' }}>{row.amount.amountMinor.startsWith('-') ? '' : '+'}{formatMinor(row.amount.amountMinor, row.amount.currency)}</span> },
    { key: 'balance', title: t('wallet.movement.balance'), unit: currency, numeric: true, wideOnly: true, render: (row) => row.balanceAfter ? formatMinor(row.balanceAfter.amountMinor, row.balanceAfter.currency) : <span className="muted">–</span> },
  ], [t, timeZone, currency]);
  return (
    <Card title={t('wallet.statement')} flush>
      <DataTable label={t('wallet.statement')} columns={columns} rows={list.rows} rowKey={(row) => row.movementId} more={list.more} loading={list.loading}
        empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('wallet.statement.empty')} hint={t('wallet.statement.empty.hint')} />} />
    </Card>
  );
}
