import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { loadCoupons, type Coupon } from '../../api/coupons.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatMinor } from '../../format/number.ts';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { moneyText } from '../../ui/payment-words.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { CouponStateWord } from '../coupons/coupon-words.tsx';

/** What a member was given, what of it is left, and which charge used it. */
export function MemberCoupons({ memberId }: { memberId: string }) {
  const t = useTranslate();
  const { timeZone, currency } = useLoggedIn();
  const load = useCallback((cursor: string | undefined) => loadCoupons(memberId, cursor), [memberId]);
  const list = useKeyset<Coupon>(['coupons', 'of', memberId], load);
  const columns = useMemo<readonly Column<Coupon>[]>(() => [
    { key: 'name', title: t('coupon.one'), render: (row) => <span className="cell-main">{row.name}</span> },
    { key: 'state', title: t('pay.state'), under: true, render: (row) => <>{<CouponStateWord coupon={row} />}{row.sessionId && <> <Link to={`/sessions/${row.sessionId}`}>{row.discount ? t('coupon.used.for', { amount: moneyText(row.discount) }) : t('action.show')}</Link></>}</> },
    { key: 'amount', title: t('coupon.denomination'), unit: currency, numeric: true, render: (row) => formatMinor(row.amount.amountMinor, row.amount.currency) },
    { key: 'threshold', title: t('coupon.threshold'), unit: currency, numeric: true, wideOnly: true, render: (row) => formatMinor(row.threshold.amountMinor, row.threshold.currency) },
    { key: 'until', title: t('coupon.validUntil'), wideOnly: true, render: (row) => <span className="tab">{formatDate(Date.parse(row.validTo) - 1, timeZone)}</span> },
    { key: 'given', title: t('coupon.givenAt'), wideOnly: true, render: (row) => <span className="tab">{formatDate(row.givenAt, timeZone)}</span> },
  ], [t, timeZone, currency]);
  return (
    <Card title={t('coupon.member')} flush>
      <DataTable label={t('coupon.member')} keys={false} columns={columns} rows={list.rows} rowKey={(row) => row.couponId} more={list.more} loading={list.loading}
        empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('coupon.member.empty')} hint={t('coupon.member.empty.hint')} />} />
    </Card>
  );
}
