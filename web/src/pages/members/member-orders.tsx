import { useCallback } from 'react';
import { Link } from 'react-router';
import { loadOrders, type ListedOrder } from '../../api/payments.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { useOrderColumns } from '../orders/orders-page.tsx';

const SHOWN_MAX = 5;

/** The newest payment orders of one member; the list of orders has them all. */
export function MemberOrders({ memberId }: { memberId: string }) {
  const t = useTranslate();
  const { currency, timeZone } = useLoggedIn();
  const load = useCallback((cursor: string | undefined) => loadOrders({ memberId }, cursor), [memberId]);
  const list = useKeyset<ListedOrder>(['payment-orders', 'of', memberId], load);
  const columns = useOrderColumns(t, { currency, timeZone }).filter((column) => column.key !== 'member' && !column.hiddenAtFirst);
  return (
    <Card title={t('topup.memberOrders')} extra={list.rows.length > SHOWN_MAX && <Link to={`/payment-orders?memberId=${memberId}`}>{t('action.show')}</Link>} flush>
      <DataTable label={t('topup.memberOrders')} keys={false} columns={columns} rows={list.rows.slice(0, SHOWN_MAX)} rowKey={(row) => row.orderId} href={(row) => `/payment-orders/${row.orderId}`} loading={list.loading}
        empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('pay.empty')} hint={t('pay.empty.hint')} />} />
    </Card>
  );
}
