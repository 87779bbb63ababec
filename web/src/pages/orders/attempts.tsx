import type { Attempt, OrderStory } from '../../api/payments.ts';
import { isPositive } from '../../api/payments.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { Facts } from '../../ui/page.tsx';
import { AttemptStateWord, ChannelName, moneyText, useAccountName } from '../../ui/payment-words.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';

/** The order at each channel, side by side: what was offered, what came of it, when it is asked again, what has gone back. */
export function Attempts({ story: { attempts } }: { story: OrderStory }) {
  const t = useTranslate();
  if (attempts.length === 0) return <Empty title={t('pay.attemptsNone')} hint={t('pay.attemptsNone.hint')} />;
  return <div className="attempts">{attempts.map((attempt) => <AttemptCard key={attempt.attempt} attempt={attempt} />)}</div>;
}

function AttemptCard({ attempt }: { attempt: Attempt }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { nameOf } = useAccountName();
  const at = (instant: string): string => formatDateTime(instant, timeZone, true);
  const goingBack = isPositive(attempt.refunding), goneBack = isPositive(attempt.refunded);
  return (
    <section className={attempt.disposition === 'applied' ? 'attempt applied' : 'attempt'} aria-label={t('pay.attemptNo', { attempt: attempt.attempt })}>
      <header><ChannelName channel={attempt.channel} /><span className="muted" style={{ fontWeight: 450 }}>{t(`pay.method.${attempt.method}`)}</span><span className="spring" /><AttemptStateWord state={attempt.state} /></header>
      <Facts rows={[
        attempt.paid !== null && [t('pay.paidAmount'), <span key="p"><b>{moneyText(attempt.paid)}</b> {attempt.disposition && <State tone={attempt.disposition === 'applied' ? 'good' : 'warn'}>{t(`pay.disposition.${attempt.disposition}`)}</State>}</span>],
        attempt.paidAt !== null && [t('pay.paidAt'), at(attempt.paidAt)],
        (goneBack || goingBack) && [t('pay.refundedAmount'), `${moneyText(attempt.refunded)}${goingBack ? ` · ${t('pay.refundingAmount')} ${moneyText(attempt.refunding)}` : ''}`],
        [t('pay.outTradeNo'), <span key="n" className="mono">{attempt.outTradeNo}</span>], attempt.channelTradeNo !== null && [t('pay.channelTradeNo'), <span key="c" className="mono">{attempt.channelTradeNo}</span>],
        [t('pay.account'), nameOf(attempt.merchantAccountId)], [t('pay.created'), at(attempt.createdAt)], attempt.paid === null && [t('pay.expires'), at(attempt.codeLapsesAt)],
        attempt.paid === null && [t('pay.nextCheck'), <span key="x">{attempt.nextCheckAt === null ? t('pay.noMoreChecks') : at(attempt.nextCheckAt)}{attempt.checks > 0 && <span className="muted"> · {t('pay.checks', { count: attempt.checks })}</span>}</span>],
      ]} />
    </section>
  );
}
