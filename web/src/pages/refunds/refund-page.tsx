import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Input } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { decideRefund, loadRefund, withdrawRefund, type Refund, type RefundPart, type RefundStory } from '../../api/refunds.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatMinor } from '../../format/number.ts';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Facts, Figure, Figures, Page } from '../../ui/page.tsx';
import { moneyText, RefundPartWord, RefundStateWord, useAccountName } from '../../ui/payment-words.tsx';
import { Empty, ProblemPage } from '../../ui/problem-view.tsx';
import { actorName } from '../orders/actors.ts';
import { refundEvents } from './refund-events.ts';

const MOVING_REFRESH_MS = 5_000;

/** One refund: who applied why, who may decide, what goes back to which payment, and how far it is. */
export function Component() {
  const t = useTranslate();
  const { refundId = '' } = useParams();
  const { language } = usePreferences();
  const now = useNow();
  const { data: story, error, refetch } = useQuery({ queryKey: ['refunds', refundId], queryFn: () => loadRefund(refundId), refetchInterval: (query) => ['approved', 'executing'].includes(query.state.data?.refund.state ?? '') ? MOVING_REFRESH_MS : false });
  const crumbs = [{ to: '/refunds', label: t('refund.title') }];
  if (error) return <ProblemPage title={t('refund.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!story) return null;
  const { refund } = story;
  return (
    <Page title={`${t('refund.one')} · ${moneyText(refund.amount)}`} crumbs={crumbs} actions={<RefundActions refund={refund} />}
      sub={<><RefundStateWord state={refund.state} /><span className="muted">{t('refund.applied')} {formatAgo(refund.appliedAt, now, language)}</span></>}>
      {refund.state === 'applied' && <FourEyes refund={refund} />}
      <Figures>
        <Figure label={t('refund.amount')} value={formatMinor(refund.amount.amountMinor, refund.amount.currency)} unit={refund.amount.currency} />
        <Figure label={t('refund.commission')} value={formatMinor(refund.commission.amountMinor, refund.commission.currency)} unit={refund.commission.currency} />
        <Figure label={t('refund.refunded')} value={formatMinor(refund.refunded.amountMinor, refund.refunded.currency)} unit={refund.refunded.currency} />
        <Figure label={t('refund.member')} value={refund.memberId ? refund.memberName ?? t('member.one') : t(`refund.source.${refund.source}`)} words to={refund.memberId ? `/members/${refund.memberId}` : undefined} />
      </Figures>
      <div className="grid">
        <Card span={6} title={t('refund.timeline')}><Story story={story} /></Card>
        <Card span={6} title={t('refund.about')}><Facts rows={[
          [t('refund.reason'), refund.reason], [t('refund.by'), `${actorName(t, refund.appliedBy)}${refund.isMine ? ` (${t('refund.mine')})` : ''}`], [t('refund.source'), t(`refund.source.${refund.source}`)],
          refund.auditNote !== null && [t('refund.note'), refund.auditNote], refund.orderId !== null && [t('pay.one'), <Link key="o" to={`/payment-orders/${refund.orderId}`} className="mono">{refund.orderId}</Link>], [t('refund.number'), <span key="n" className="mono">{refund.refundId}</span>],
        ]} /></Card>
      </div>
      <Card title={t('refund.parts')} extra={<span className="muted hide-narrow">{t('refund.parts.hint')}</span>} flush><Parts parts={story.parts} /></Card>
    </Page>
  );
}

/** The rule that keeps one person from paying themselves, told to whoever stands before it. */
function FourEyes({ refund }: { refund: Refund }) {
  const t = useTranslate();
  const mayAudit = useMayEverywhere('refunds:audit');
  const text = refund.isMine ? t('refund.fourEyes.mine') : mayAudit ? t('refund.fourEyes.other', { name: actorName(t, refund.appliedBy) }) : t('refund.fourEyes.may');
  return <Alert type={!refund.isMine && mayAudit ? 'warning' : 'info'} showIcon title={t('refund.fourEyes.title')} description={text} />;
}

function RefundActions({ refund }: { refund: Refund }) {
  const t = useTranslate();
  const [mayAudit, mayApply] = [useMayEverywhere('refunds:audit'), useMayEverywhere('refunds:apply')];
  const [dialog, setDialog] = useState<'approve' | 'reject' | 'withdraw' | null>(null);
  if (refund.state !== 'applied') return null;
  return (
    <>
      {mayApply && refund.isMine && <Button onClick={() => setDialog('withdraw')}>{t('refund.withdraw')}</Button>}
      {mayAudit && !refund.isMine && <><Button onClick={() => setDialog('reject')}>{t('refund.reject')}</Button><Button type="primary" onClick={() => setDialog('approve')}>{t('refund.approve')}</Button></>}
      {dialog === 'withdraw' && <Withdraw refund={refund} onClose={() => setDialog(null)} />}
      {(dialog === 'approve' || dialog === 'reject') && <Decide refund={refund} decision={dialog} onClose={() => setDialog(null)} />}
    </>
  );
}

const sums = ({ amount }: Refund) => ({ amount: formatMinor(amount.amountMinor, amount.currency), currency: amount.currency });

function Decide({ refund, decision, onClose }: { refund: Refund; decision: 'approve' | 'reject'; onClose: () => void }) {
  const t = useTranslate();
  const [note, setNote] = useState('');
  const { act, busy, problem } = useAct({ run: decideRefund, done: () => t(`refund.done.${decision}`), stale: ['refunds', 'wallets'] });
  const decide = () => void act({ refundId: refund.refundId, decision, note: note.trim() || null }).then((done) => { if (done) onClose(); });
  return (
    <ConfirmDialog title={`${t(`refund.${decision}`)} · ${moneyText(refund.amount)}`} confirm={t(`refund.${decision}`)} danger={decision === 'reject'} busy={busy} onClose={onClose} onConfirm={decide}>
      <ActProblem problem={problem} />
      <p style={{ marginBottom: 12 }}>{t(`refund.${decision}.text`, { ...sums(refund), name: refund.memberName ?? t('member.one') })}</p>
      <label htmlFor="refund-note" className="muted">{t('refund.note')}</label><Input.TextArea id="refund-note" rows={2} maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
    </ConfirmDialog>
  );
}

function Withdraw({ refund, onClose }: { refund: Refund; onClose: () => void }) {
  const t = useTranslate();
  const { act, busy, problem } = useAct({ run: withdrawRefund, done: () => t('refund.done.withdraw'), stale: ['refunds', 'wallets'] });
  return <ConfirmDialog title={t('refund.withdraw')} confirm={t('refund.withdraw')} danger busy={busy} onClose={onClose} onConfirm={() => void act({ refundId: refund.refundId }).then((done) => { if (done) onClose(); })}><ActProblem problem={problem} />{t('refund.withdraw.text', sums(refund))}</ConfirmDialog>;
}

function Story({ story }: { story: RefundStory }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return <ol className="timeline">{refundEvents(t, story).map((event) => <li key={event.key} className={event.tone}><div className="cell-main">{event.text}</div><div className="when">{event.at === null ? '' : formatDateTime(event.at, timeZone, true)}</div></li>)}</ol>;
}

function Parts({ parts }: { parts: readonly RefundPart[] }) {
  const t = useTranslate();
  const { timeZone, currency } = useLoggedIn();
  const { nameOf } = useAccountName();
  return <DataTable label={t('refund.parts')} keys={false} rows={parts} rowKey={(row) => row.partId} empty={<Empty title={t('refund.parts')} hint={t('refund.parts.hint')} />} columns={[
    { key: 'payment', title: t('refund.part.payment'), render: (row) => <Link to={`/payment-orders/${row.orderId}`}>{nameOf(row.merchantAccountId)}</Link> },
    { key: 'state', title: t('refund.state'), under: true, render: (row) => <span className="figure-and-state"><RefundPartWord state={row.state} />{row.failureCode && <code className="mono">{row.failureCode}</code>}</span> },
    { key: 'amount', title: t('refund.amount'), unit: currency, numeric: true, render: (row) => formatMinor(row.amount.amountMinor, row.amount.currency) },
    { key: 'since', title: t('refund.part.when'), wideOnly: true, render: (row) => <span className="tab">{formatDateTime(row.stateAt, timeZone, true)}</span> },
    { key: 'number', title: t('refund.part.number'), wideOnly: true, render: (row) => <span className="mono">{row.outRefundNo}</span> },
    { key: 'theirs', title: t('refund.part.channelNumber'), wideOnly: true, render: (row) => row.channelRefundNo ? <span className="mono">{row.channelRefundNo}</span> : <span className="muted">{row.nextCheckAt ? t('refund.part.next', { time: formatDateTime(row.nextCheckAt, timeZone) }) : '–'}</span> },
  ]} />;
}
