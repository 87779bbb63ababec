import { Input, Modal } from 'antd';
import { useState } from 'react';
import { channelOfPaymentCode, payWithCode, type Order } from '../../api/payments.ts';
import { formatMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';

const CODE_LENGTH_MAX = 32;
const CODE_LENGTH_MIN = 16;

/** The other direction: the shop scans the payer's code. Its first digits say whose it is. */
export function ScanDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const t = useTranslate();
  const [code, setCode] = useState('');
  const { accounts } = useAccountName();
  const channel = channelOfPaymentCode(code);
  const account = accounts.find((each) => each.channel === channel);
  const { amountMinor, currency } = order.amount;
  const { act, busy, problem } = useAct({ run: payWithCode, stale: ['payment-orders', 'wallets'], done: ({ attemptState }) => t(attemptState === 'paid' ? 'pay.scan.paid' : attemptState === 'user_paying' || attemptState === 'unknown' ? 'pay.scan.confirming' : 'pay.scan.other') });
  const charge = async () => { if (account && await act({ orderId: order.orderId, merchantAccountId: account.merchantAccountId, paymentCode: code })) onClose(); };
  const note = code.length < CODE_LENGTH_MIN ? t('pay.scan.hint') : channel === null ? t('pay.scan.bad') : account ? '' : t('pay.scan.noAccount');
  return (
    <Modal open title={t('pay.scan')} onCancel={onClose} onOk={() => void charge()} confirmLoading={busy} cancelText={t('action.cancel')} okButtonProps={{ disabled: !account }}
      okText={channel === null ? t('pay.scan') : t('pay.scan.charge', { amount: formatMinor(amountMinor, currency), currency, channel: t(`channel.${channel}`) })}>
      <ActProblem problem={problem} />
      <label htmlFor="payment-code">{t('pay.scan.label')}</label>
      <Input id="payment-code" size="large" autoFocus autoComplete="off" inputMode="numeric" maxLength={CODE_LENGTH_MAX} className="mono" value={code} status={code.length >= CODE_LENGTH_MIN && !account ? 'error' : ''} onChange={(event) => setCode(event.target.value.replace(/\D/g, ''))} onPressEnter={() => void charge()} />
      <div className="muted" style={{ minHeight: 22 }}>{note}</div>
    </Modal>
  );
}
