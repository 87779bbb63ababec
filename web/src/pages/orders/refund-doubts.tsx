import { Alert, Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { answerDoubt, type RefundDoubt } from '../../api/refund-doubts.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatMinor, parseMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { Card, Facts } from '../../ui/page.tsx';
import { moneyText } from '../../ui/payment-words.tsx';
import { State } from '../../ui/state.tsx';

const EVIDENCE_LENGTH_MAX = 500;

/** The channel says that more of the payment went back than is known here: what a person has to find out, and what was found out before. */
export function RefundDoubts({ doubts }: { doubts: readonly RefundDoubt[] }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const may = useMayEverywhere('wallets:correct');
  const [answering, setAnswering] = useState(false);
  const open = doubts.find(({ state }) => state === 'open'), over = doubts.filter(({ state }) => state !== 'open');
  return (
    <>
      {open && <Alert type="error" showIcon title={open.told === null ? t('doubt.open.unknown') : t('doubt.open.told', { told: moneyText(open.told), known: moneyText(open.known) })} description={t('doubt.open.text')}
        action={may && <Button type="primary" onClick={() => setAnswering(true)}>{t('doubt.answer')}</Button>} />}
      {over.length > 0 && <Card title={t('doubt.title')}><Facts rows={over.map((one) => [formatDateTime(one.stateAt, timeZone, true),
        <span key={one.seenAt}><State tone={one.state === 'booked' ? 'warn' : 'good'}>{one.state === 'booked' && one.booked ? t('doubt.booked', { amount: moneyText(one.booked) }) : t('doubt.dismissed')}</State> {one.evidence} <span className="muted">{[one.resolvedBy === 'system' ? t('pay.actor.system') : one.resolvedBy, one.approvedBy].filter((name) => name !== null).join(' · ')}</span></span>] as const)} /></Card>}
      {answering && open && <AnswerDialog doubt={open} onClose={() => setAnswering(false)} />}
    </>
  );
}

function AnswerDialog({ doubt, onClose }: { doubt: RefundDoubt; onClose: () => void }) {
  const t = useTranslate();
  const { currency } = doubt.known;
  const guess = doubt.told === null ? null : BigInt(doubt.told.amountMinor) - BigInt(doubt.known.amountMinor);
  const [text, setText] = useState(guess === null ? '' : formatMinor(guess, currency));
  const [evidence, setEvidence] = useState('');
  const minor = parseMinor(text, currency);
  const valid = minor !== null && minor >= 0n && evidence.trim() !== '';
  const { act, busy, problem } = useAct({ run: answerDoubt, done: ({ state }) => t(state === 'answered' ? 'doubt.answered' : 'doubt.waits'), stale: ['payment-orders', 'refund-doubts', 'chargebacks', 'wallets', 'members', 'approvals'] });
  const answer = async () => { if (valid && await act({ orderId: doubt.orderId, attempt: doubt.attempt, amount: { amountMinor: String(minor), currency }, evidence: evidence.trim() })) onClose(); };
  return (
    <Modal open title={t('doubt.answer')} onCancel={onClose} onOk={() => void answer()} okText={valid ? minor === 0n ? t('doubt.confirm.none') : t('doubt.confirm', { amount: `${formatMinor(minor, currency)} ${currency}` }) : t('doubt.answer')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: !valid, danger: minor !== 0n }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <div><label htmlFor="doubt-amount">{t('doubt.amount')}</label><Input id="doubt-amount" autoFocus inputMode="decimal" suffix={currency} value={text} status={text !== '' && (minor === null || minor < 0n) ? 'error' : ''} onChange={(event) => setText(event.target.value)} />
          <div className="muted">{t('doubt.amount.hint')}</div></div>
        <div><label htmlFor="doubt-evidence">{t('doubt.evidence')}</label><Input.TextArea id="doubt-evidence" rows={2} maxLength={EVIDENCE_LENGTH_MAX} value={evidence} placeholder={t('doubt.evidence.hint')} onChange={(event) => setEvidence(event.target.value)} /></div>
      </div>
    </Modal>
  );
}
