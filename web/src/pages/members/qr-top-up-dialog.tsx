import { useQuery } from '@tanstack/react-query';
import { Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { loadTopUpSettings, openTopUpOrder, type Order, type TopUpSettings } from '../../api/payments.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatMinor, parseMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { QrPanel } from '../orders/qr-dialog.tsx';

/** The server's rule: one of the amounts on offer, or anything within the bounds. */
const allowed = (settings: TopUpSettings, minor: bigint): boolean =>
  settings.amounts.some(({ amountMinor }) => BigInt(amountMinor) === minor) || (minor >= BigInt(settings.minimum.amountMinor) && minor <= BigInt(settings.maximum.amountMinor));

type Props = { memberId: string; name: string; onClose: () => void };

/** Top-up by telephone at the counter: an amount, a code, and "paid" by itself. */
export function QrTopUpDialog({ memberId, name, onClose }: Props) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const [text, setText] = useState('');
  const [order, setOrder] = useState<Order | null>(null);
  const { data: settings, error, refetch } = useQuery({ queryKey: ['top-up-settings'], queryFn: loadTopUpSettings });
  const { act, busy, problem } = useAct({ run: openTopUpOrder, done: (made) => { setOrder(made); return null; }, stale: ['payment-orders'] });
  const minor = parseMinor(text, currency);
  const valid = settings !== undefined && minor !== null && allowed(settings, minor);
  const open = (amount: bigint): void => void act({ memberId, amount: { amountMinor: String(amount), currency } });
  return (
    <Modal open title={t('topup.byQr.title', { name })} onCancel={onClose} mask={{ closable: order === null }} width={440}
      footer={order ? null : [<Button key="cancel" onClick={onClose}>{t('action.cancel')}</Button>, <Button key="open" type="primary" loading={busy} disabled={!valid} onClick={() => { if (valid) open(minor); }}>{t('topup.open')}</Button>]}>
      {order ? <QrPanel order={order} onAnother={() => { setOrder(null); setText(''); }} /> : error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <div style={{ display: 'grid', gap: 16 }}>
        <ActProblem problem={problem} />
        <p className="muted">{t('topup.byQr.how')}</p>
        <div className="amount-choices">{settings?.amounts.map(({ amountMinor }) => <Button key={amountMinor} size="large" disabled={busy} onClick={() => open(BigInt(amountMinor))}>{formatMinor(amountMinor, currency)}</Button>)}</div>
        {settings && <div><label htmlFor="qr-amount">{t('topup.amount')}</label>
          <Input id="qr-amount" inputMode="decimal" suffix={currency} value={text} status={text !== '' && !valid ? 'error' : ''} onChange={(event) => setText(event.target.value)} onPressEnter={() => { if (valid) open(minor); }} style={{ fontVariantNumeric: 'tabular-nums' }} />
          <div className="muted">{text !== '' && !valid ? t('topup.invalid') : t('topup.bounds', { minimum: formatMinor(settings.minimum.amountMinor, currency), maximum: formatMinor(settings.maximum.amountMinor, currency), currency })}</div></div>}
      </div>}
    </Modal>
  );
}
