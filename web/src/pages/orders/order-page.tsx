import { useQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useParams } from 'react-router';
import { checkOrder, closeOrder, isOver, isPositive, loadOrder, payerPage, type OrderStory } from '../../api/payments.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatMinor } from '../../format/number.ts';
import { formatDateTime, formatDuration } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Facts, Figure, Figures, Page } from '../../ui/page.tsx';
import { ChannelName, moneyText, OrderStateWord } from '../../ui/payment-words.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { actorName, recoveredBy } from './actors.ts';
import { Attempts } from './attempts.tsx';
import { Exchanges, Notifications } from './raw.tsx';
import { QrDialog } from './qr-dialog.tsx';
import { ScanDialog } from './scan-dialog.tsx';
import { RefundDoubts } from './refund-doubts.tsx';
import { Timeline } from './timeline.tsx';

const OPEN_REFRESH_MS = 10_000; // The stream tells sooner; this is for a stream that is away.

/** One order tells its story: what it is, what needs doing, each attempt, every event with its evidence. */
export function Component() {
  const t = useTranslate();
  const { orderId = '' } = useParams();
  const { data: story, error, refetch } = useQuery({ queryKey: ['payment-orders', orderId], queryFn: () => loadOrder(orderId), refetchInterval: (query) => query.state.data && !isOver(query.state.data.order.state) ? OPEN_REFRESH_MS : false });
  const crumbs = [{ to: '/payment-orders', label: t('pay.title') }];
  if (error) return <ProblemPage title={t('pay.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!story) return null;
  const { order } = story;
  return (
    <Page title={`${t(`pay.purpose.${order.purpose}`)} · ${moneyText(order.amount)}`} crumbs={crumbs} actions={<OrderActions story={story} />}
      sub={<><OrderStateWord state={order.state} />{order.environment !== 'L' && <State tone="warn">{t(`pay.environment.${order.environment}`)}</State>}<span className="muted">{t(`pay.state.${order.state}.why`)}</span></>}>
      <Headline story={story} />
      <RefundDoubts doubts={story.refundDoubts} />
      <Surplus story={story} />
      <Card title={t('pay.attemptsTitle')}><Attempts story={story} /></Card>
      <div className="grid">
        <Card span={7} title={t('pay.timeline')}><Timeline story={story} /></Card>
        <Card span={5} title={t('pay.about')}><About story={story} /></Card>
      </div>
      <Card title={t('pay.exchanges')} flush><Exchanges story={story} /></Card>
      <Card title={t('pay.notifications')} flush><Notifications orderId={order.orderId} /></Card>
    </Page>
  );
}

function Headline({ story: { order, memberName, attempts } }: { story: OrderStory }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { language } = usePreferences();
  const now = useNow(1_000);
  const paid = attempts.find(({ disposition }) => disposition === 'applied');
  const leftMs = Date.parse(order.expiresAt) - now;
  return (
    <Figures>
      <Figure label={t('pay.amount')} value={formatMinor(order.amount.amountMinor, order.amount.currency)} unit={order.amount.currency} />
      <Figure label={t('pay.member')} value={order.memberId ? memberName ?? t('member.one') : t('none')} words to={order.memberId ? `/members/${order.memberId}` : undefined} />
      <Figure label={t('pay.channel')} value={paid ? <ChannelName channel={paid.channel} /> : '–'} words note={paid && isPositive(paid.refunded) ? `${t('pay.refundedAmount')} ${moneyText(paid.refunded)}` : undefined} />
      {order.paidAt !== null
        ? <Figure label={t('pay.paidAt')} value={formatDateTime(order.paidAt, timeZone, true)} words note={order.recoveredBy ? recoveredBy(t, order.recoveredBy) : order.creditedAt && `${t('pay.credited')} +${formatDuration(Date.parse(order.creditedAt) - Date.parse(order.paidAt), language)}`} />
        : <Figure label={t('pay.expires')} value={formatDateTime(order.expiresAt, timeZone)} words note={!isOver(order.state) && leftMs > 0 ? t('pay.qr.left', { time: formatDuration(leftMs, language) }) : undefined} />}
    </Figures>
  );
}

/** Money that is not due comes first: it is the one thing on this page that may need a person. */
function Surplus({ story: { surplus } }: { story: OrderStory }) {
  const t = useTranslate();
  if (surplus.length === 0) return null;
  return (
    <Card title={t('pay.surplus.title')}>
      <Facts rows={surplus.map((row) => [`${moneyText(row.amount)} · ${t('pay.attemptNo', { attempt: row.attempt })}`,
        <span key={row.attempt}>{t(`pay.surplus.${row.reason}`)} <State tone={row.state === 'refunded' ? 'good' : row.state === 'open' && !row.automatic ? 'bad' : 'warn'}>{row.state === 'open' && row.automatic ? t('pay.surplus.state.refunding') : t(`pay.surplus.state.${row.state}`)}</State></span>] as const)} />
    </Card>
  );
}

function About({ story: { order } }: { story: OrderStory }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return <Facts rows={[
    [t('pay.description'), order.description], [t('pay.number'), <span key="n" className="mono">{order.orderId}</span>], [t('pay.by'), actorName(t, order.createdBy)], [t('pay.created'), formatDateTime(order.createdAt, timeZone, true)],
    order.creditedAt !== null && [t('pay.credited'), formatDateTime(order.creditedAt, timeZone, true)], order.closeReason !== null && [t('pay.state'), translateCode(t, 'pay.close', order.closeReason)],
    [t('pay.late'), t(`pay.late.${order.latePayment}`)], [t('pay.environment'), t(`pay.environment.${order.environment}`)],
    [t('pay.payerPage'), <a key="p" href={payerPage(order)} target="_blank" rel="noreferrer">{t('pay.qr.page')}</a>],
  ]} />;
}

function OrderActions({ story: { order } }: { story: OrderStory }) {
  const t = useTranslate();
  const [mayAsk, mayTake] = [useMayEverywhere('payments:recover'), useMayEverywhere('wallets:top_up')];
  const [dialog, setDialog] = useState<'qr' | 'scan' | 'close' | null>(null);
  const asking = useAct({
    run: checkOrder, stale: ['payment-orders', 'recovery'],
    done: ({ order: after, outcomes }) => t(after.state === 'paid' ? 'pay.asked.paid' : outcomes.length === 0 ? 'pay.asked.none' : 'pay.asked.open'),
  });
  const closing = useAct({ run: closeOrder, stale: ['payment-orders'], done: ({ outcome }) => t(`pay.closed.${outcome}`) });
  const over = isOver(order.state);
  return (
    <>
      {asking.problem && <Alert type="error" closable={{ onClose: asking.reset }} title={asking.problem.title} />}
      {mayAsk && order.state !== 'paid' && <Button loading={asking.busy} onClick={() => void asking.act({ orderId: order.orderId })}>{t('pay.ask')}</Button>}
      {mayTake && !over && order.state !== 'closing' && <Button onClick={() => setDialog('close')}>{t('pay.close')}</Button>}
      {mayTake && !over && order.state !== 'closing' && <Button onClick={() => setDialog('scan')}>{t('pay.scan')}</Button>}
      {!over && order.state !== 'closing' && <Button type="primary" onClick={() => setDialog('qr')}>{t('pay.qr.show')}</Button>}
      {dialog === 'qr' && <QrDialog order={order} onClose={() => setDialog(null)} />}
      {dialog === 'scan' && <ScanDialog order={order} onClose={() => setDialog(null)} />}
      {dialog === 'close' && <ConfirmDialog title={t('pay.close.title')} confirm={t('pay.close')} danger busy={closing.busy} onClose={() => { setDialog(null); closing.reset(); }}
        onConfirm={() => void closing.act({ orderId: order.orderId }).then((done) => { if (done) setDialog(null); })}><ActProblem problem={closing.problem} />{t('pay.close.text')}</ConfirmDialog>}
    </>
  );
}
