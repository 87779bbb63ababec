import { useQuery } from '@tanstack/react-query';
import { Button, Modal } from 'antd';
import { Link } from 'react-router';
import { isOver, loadOrder, payerPage, type Order } from '../../api/payments.ts';
import { usePreferences } from '../../app/preferences.ts';
import { formatMinor } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useNow } from '../../ui/now.ts';
import { moneyText } from '../../ui/payment-words.tsx';
import { CopyButton } from '../../ui/problem-view.tsx';
import { Qr } from '../../ui/qr.tsx';
import { DoneMark } from '../../ui/done-mark.tsx';

const POLL_MS = 3_000; // The stream tells sooner; a payer at the counter is not kept waiting for a stream that is away.

/** The code on the clerk's screen; it turns into "paid" by itself. */
export function QrDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const t = useTranslate();
  return <Modal open title={t('pay.qr.title')} onCancel={onClose} footer={null} width={420} destroyOnHidden><QrPanel order={order} /></Modal>;
}

type PanelProps = { order: Order; onAnother?: () => void };
export function QrPanel({ order: given, onAnother }: PanelProps) {
  const t = useTranslate();
  const { language } = usePreferences();
  const now = useNow(1_000);
  const { data } = useQuery({ queryKey: ['payment-orders', given.orderId], queryFn: () => loadOrder(given.orderId), refetchInterval: (query) => query.state.data && isOver(query.state.data.order.state) ? false : POLL_MS });
  const order = data?.order ?? given;
  const { amountMinor, currency } = order.amount;
  const paid = data?.attempts.find(({ disposition }) => disposition === 'applied');
  const openOrder = <Link to={`/payment-orders/${order.orderId}`}>{t('topup.order')}</Link>;
  const another = onAnother && <Button onClick={onAnother}>{t('topup.another')}</Button>;
  if (order.state === 'paid') {
    return (
      <div className="qr-dialog" role="status">
        <DoneMark tone="good" /><h2>{t('topup.done', { amount: formatMinor(amountMinor, currency), currency })}</h2>
        {paid && <p className="muted">{t('topup.done.text', { channel: t(`channel.${paid.channel}`) })}</p>}<div style={{ display: 'flex', gap: 16, alignItems: 'center' }}>{openOrder}{another}</div>
      </div>
    );
  }
  if (isOver(order.state) || order.state === 'closing') {
    return <div className="qr-dialog" role="status"><DoneMark tone="neutral" /><h2>{t('topup.over')}</h2><p className="muted">{t(`pay.state.${order.state}.why`)}</p><div style={{ display: 'flex', gap: 16, alignItems: 'center' }}>{openOrder}{another}</div></div>;
  }
  const address = payerPage(order), leftMs = Date.parse(order.expiresAt) - now;
  return (
    <div className="qr-dialog">
      <div className="amount">{formatMinor(amountMinor, currency)}<small>{currency}</small></div>
      <Qr text={address} label={`${t('pay.qr.label')}: ${moneyText(order.amount)}`} />
      <p>{t('pay.qr.text')}</p>
      <p className="muted" role="status">{t('pay.qr.waiting')} {leftMs > 0 && <span className="tab">{t('pay.qr.left', { time: formatDuration(leftMs, language) })}</span>}</p>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12, justifyContent: 'center', alignItems: 'center' }}><a href={address} target="_blank" rel="noreferrer">{t('pay.qr.page')}</a><CopyButton text={address} label={t('pay.qr.copy')} />{openOrder}</div>
    </div>
  );
}
