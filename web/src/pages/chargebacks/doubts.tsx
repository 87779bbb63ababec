import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { Link } from 'react-router';
import { loadOpenDoubts } from '../../api/refund-doubts.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { moneyText } from '../../ui/payment-words.tsx';

const SHOWN_MAX = 5;

/** Payments of which more went back at a channel than is known: somebody has to look there. Nothing while there are none. */
export function Doubts() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { data: open = [] } = useQuery({ queryKey: ['refund-doubts', 'open'], queryFn: loadOpenDoubts });
  if (open.length === 0) return null;
  return (
    <Alert type="warning" showIcon title={t('doubt.list', { count: formatCount(open.length) })} description={<ul style={{ listStyle: 'none', padding: 0, margin: 0 }}>{open.slice(0, SHOWN_MAX).map((one) => (
      <li key={`${one.orderId}/${one.attempt}`}><Link to={`/payment-orders/${one.orderId}`}>{formatDateTime(one.seenAt, timeZone)}</Link> <span className="tab">{one.told === null ? t('doubt.told.unknown') : moneyText(one.told)}</span></li>))}</ul>} />
  );
}
