import { useQuery } from '@tanstack/react-query';
import { Alert, Input, Modal } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { recordChargeback } from '../../api/chargebacks.ts';
import { loadOrder, orderOfNumber } from '../../api/payments.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatMinor, parseMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { moneyText } from '../../ui/payment-words.tsx';

const REASON_LENGTH_MAX = 500;
const REFERENCE_LENGTH_MAX = 100;

/** What the channel took back, of which payment: by our number as the channel repeats it, or by the order's own. */
export function RecordChargeback({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { currency } = useLoggedIn();
  const [number, setNumber] = useState('');
  const [amountText, setAmountText] = useState('');
  const [reference, setReference] = useState('');
  const [reason, setReason] = useState('');
  const orderId = orderOfNumber(number.trim()) ?? (/^pay_[0-9a-hjkmnp-tv-z]{26}$/.test(number.trim()) ? number.trim() : null);
  const found = useQuery({ queryKey: ['payment-orders', orderId], queryFn: () => loadOrder(orderId ?? ''), enabled: orderId !== null, retry: false });
  const paid = found.data?.attempts.find(({ state, outTradeNo }) => state === 'paid' && (outTradeNo === number.trim() || number.trim().startsWith('pay_')));
  const most = paid?.paid ? BigInt(paid.paid.amountMinor) : null;
  const minor = amountText === '' ? most : parseMinor(amountText, currency);
  const valid = paid !== undefined && minor !== null && most !== null && minor > 0n && minor <= most && reference.trim() !== '' && reason.trim() !== '';
  const { act, busy, problem } = useAct({ run: recordChargeback, done: ({ chargebackId }) => { void navigate(`/chargebacks/${chargebackId}`); return t('chargeback.recorded'); }, stale: ['chargebacks', 'wallets', 'members'] });
  const record = async () => { if (valid && orderId !== null && await act({ orderId, attempt: paid.attempt, amount: { amountMinor: String(minor), currency }, channelReference: reference.trim(), reason: reason.trim() })) onClose(); };
  const unknown = number.trim() !== '' && (orderId === null || found.error !== null || (found.data !== undefined && paid === undefined));
  return (
    <Modal open title={t('chargeback.record')} onCancel={onClose} onOk={() => void record()} okText={valid ? t('chargeback.record.confirm', { amount: formatMinor(minor, currency), currency }) : t('chargeback.record')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: !valid, danger: true }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <div><label htmlFor="chargeback-number">{t('chargeback.number')}</label><Input id="chargeback-number" className="mono" autoFocus value={number} status={unknown ? 'error' : ''} onChange={(event) => setNumber(event.target.value)} />
          <div className="muted" style={{ minHeight: 22 }}>{unknown ? t('chargeback.number.unknown') : paid?.paid && found.data ? t('chargeback.number.found', { amount: moneyText(paid.paid), name: found.data.memberName ?? t('member.one') }) : ''}</div></div>
        <div><label htmlFor="chargeback-amount">{t('chargeback.amount')}</label><Input id="chargeback-amount" inputMode="decimal" suffix={currency} placeholder={most === null ? '' : formatMinor(most, currency)} value={amountText} status={amountText !== '' && (minor === null || minor <= 0n || (most !== null && minor > most)) ? 'error' : ''} onChange={(event) => setAmountText(event.target.value)} /></div>
        <div><label htmlFor="chargeback-reference">{t('chargeback.reference')}</label><Input id="chargeback-reference" className="mono" maxLength={REFERENCE_LENGTH_MAX} value={reference} onChange={(event) => setReference(event.target.value)} /></div>
        <div><label htmlFor="chargeback-reason">{t('chargeback.reason')}</label><Input.TextArea id="chargeback-reason" rows={2} maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
        <Alert type="info" showIcon title={t('chargeback.record.text')} />
      </div>
    </Modal>
  );
}
