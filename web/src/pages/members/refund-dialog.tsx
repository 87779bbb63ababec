import { useQuery } from '@tanstack/react-query';
import { Alert, Input, Modal } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { applyForRefund, loadRefundable, loadRefundSettings } from '../../api/refunds.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatMinor, parseMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { Figure } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { commissionOf, percentText } from '../refunds/commission.ts';

const REASON_LENGTH_MAX = 500;
type Props = { memberId: string; name: string; onClose: () => void };

/** Applying for a refund: how much can go back, what is kept of it, and whether a second person has to look. */
export function RefundDialog({ memberId, name, onClose }: Props) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { currency } = useLoggedIn();
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const refundable = useQuery({ queryKey: ['refunds', 'refundable', memberId], queryFn: () => loadRefundable(memberId) });
  const { data: rules } = useQuery({ queryKey: ['refunds', 'settings'], queryFn: loadRefundSettings });
  const { act, busy, problem } = useAct({ run: applyForRefund, done: ({ refund }) => { void navigate(`/refunds/${refund.refundId}`); return t('refund.apply.done'); }, stale: ['refunds', 'wallets'] });
  const most = refundable.data ? BigInt(refundable.data.amountMinor) : 0n;
  const minor = parseMinor(text, currency);
  const valid = minor !== null && minor > 0n && minor <= most;
  const apply = async () => { if (valid && await act({ memberId, amount: { amountMinor: String(minor), currency }, reason: reason.trim() })) onClose(); };
  if (refundable.error) return <Modal open title={t('refund.apply')} onCancel={onClose} footer={null}><ProblemView error={refundable.error} onRetry={() => void refundable.refetch()} /></Modal>;
  return (
    <Modal open title={t('refund.apply.title', { name })} onCancel={onClose} onOk={() => void apply()} confirmLoading={busy} cancelText={t('action.cancel')} okButtonProps={{ disabled: !valid || reason.trim() === '' }}
      okText={valid ? t('refund.apply.confirm', { amount: formatMinor(minor, currency), currency }) : t('refund.apply')}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 16 }}>
        {refundable.data && <div style={{ margin: '0 calc(-1 * var(--k-pad))' }}><Figure label={t('refund.apply.refundable')} value={formatMinor(most, currency)} unit={currency} note={most === 0n ? t('refund.apply.nothing') : t('refund.apply.refundable.note')} /></div>}
        <div><label htmlFor="refund-amount">{t('refund.apply.amount')}</label>
          <Input id="refund-amount" autoFocus inputMode="decimal" suffix={currency} disabled={most === 0n} value={text} status={text !== '' && !valid ? 'error' : ''} onChange={(event) => setText(event.target.value)} style={{ fontVariantNumeric: 'tabular-nums' }} />
          <div className="muted" style={{ minHeight: 22 }}>{text !== '' && !valid && t('refund.apply.invalid', { maximum: formatMinor(most, currency), currency })}</div></div>
        <div><label htmlFor="refund-reason">{t('refund.apply.reason')}</label><Input.TextArea id="refund-reason" rows={2} maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
        {rules && valid && <Consequences minor={minor} rules={rules} currency={currency} />}
      </div>
    </Modal>
  );
}

function Consequences({ minor, rules, currency }: { minor: bigint; rules: Awaited<ReturnType<typeof loadRefundSettings>>; currency: string }) {
  const t = useTranslate();
  const commission = commissionOf(minor, rules.commissionPpm), threshold = BigInt(rules.auditAbove.amountMinor);
  const audited = minor > threshold; // As the server compares: above, not at.
  return (
    <Alert type={audited ? 'warning' : 'info'} showIcon title={t(audited ? 'refund.apply.audit' : 'refund.apply.noAudit', { threshold: formatMinor(threshold, currency), currency })}
      description={commission > 0n ? t('refund.apply.commission', { commission: formatMinor(commission, currency), net: formatMinor(minor - commission, currency), currency, percent: percentText(rules.commissionPpm) }) : undefined} />
  );
}
