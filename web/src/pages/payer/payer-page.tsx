import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { useParams } from 'react-router';
import { loadPayerOrder, loadPayerState, offerToPayer, type PayerChannel, type PayerOffer, type PayerOrder } from '../../api/payer.ts';
import { toProblem } from '../../api/problem.ts';
import { Logo } from '../../app/icon.tsx';
import { LanguageSwitch } from '../../app/menus.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatMinor } from '../../format/number.ts';
import { formatDuration, formatTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DoneMark } from '../../ui/done-mark.tsx';
import { useNow } from '../../ui/now.ts';
import { ProblemView, problemSentence } from '../../ui/problem-view.tsx';
import { Qr } from '../../ui/qr.tsx';
import { State } from '../../ui/state.tsx';
import { invokeWallet } from './wallet-bridge.ts';

const POLL_MS = 2_000;

/** What a payer opens by scanning the code: the amount, one button a wallet that this browser can use, and "paid" without a reload. */
export function Component() {
  const t = useTranslate();
  const { token = '' } = useParams();
  const queries = useQueryClient();
  const { data: order, error, refetch } = useQuery({ queryKey: ['payer', token], queryFn: () => loadPayerOrder(token), refetchOnWindowFocus: true, retry: 1 });
  const waits = order !== undefined && (order.state === 'created' || order.state === 'awaiting_payment' || order.state === 'closing');
  const { data: state } = useQuery({ queryKey: ['payer', token, 'state'], queryFn: () => loadPayerState(token), enabled: waits, refetchInterval: POLL_MS });
  useEffect(() => { if (state && order && state.state !== order.state) queries.setQueryData(['payer', token], { ...order, ...state }); }, [state, order, queries, token]);
  useEffect(() => { document.title = order ? t('payer.title', { operator: order.operatorName }) : 'Kirchhoff'; }, [order, t]);
  return (
    <div className="payer">
      <main>
        {error && !order ? toProblem(error).status === 404 ? <Result tone="warn" title={t('payer.missing')} text={t('payer.missing.text')} /> : <ProblemView error={error} onRetry={() => void refetch()} /> : null}
        {order && <Order order={order} token={token} />}
      </main>
      <footer><span style={{ display: 'inline-flex', gap: 8, alignItems: 'center' }}><Logo size={20} /> Kirchhoff</span><LanguageSwitch /></footer>
    </div>
  );
}

const Result = ({ tone, title, text }: { tone: 'good' | 'warn' | 'neutral'; title: string; text: ReactNode }) => <div className="qr-dialog" role="status"><DoneMark tone={tone} /><h1>{title}</h1><p className="muted">{text}</p></div>;

function Order({ order, token }: { order: PayerOrder; token: string }) {
  const t = useTranslate();
  const { state } = order;
  const amount = <div className="amount">{formatMinor(order.amount.amountMinor, order.amount.currency)}<small>{order.amount.currency}</small></div>;
  const to = <div className="to"><h1>{order.operatorName}</h1><span className="muted">{order.description}</span></div>;
  const test = order.test && <State tone="warn">{t('payer.test')}</State>;
  if (state === 'paid') return <>{to}{amount}<Result tone="good" title={t('payer.paid')} text={<>{t('payer.paid.text')}{order.paidAt && <> <span className="tab">{t('payer.since', { time: formatTime(order.paidAt, undefined, true) })}</span></>}</>} />{test}</>;
  if (state === 'closed' || state === 'expired') return <>{to}{amount}<Result tone="neutral" title={t(state === 'closed' ? 'payer.closed' : 'payer.expired')} text={t('payer.closed.text')} /></>;
  if (state === 'closing') return <>{to}{amount}<Result tone="warn" title={t('payer.closing')} text={t('payer.closing.text')} /></>;
  return <>{to}{amount}{test}<Paying order={order} token={token} /></>;
}

function Paying({ order, token }: { order: PayerOrder; token: string }) {
  const t = useTranslate();
  const { language } = usePreferences();
  const now = useNow(1_000);
  const offer = useMutation({ mutationFn: (channel: PayerChannel) => offerToPayer({ token, channel }), onSuccess: follow });
  const leftMs = Date.parse(order.expiresAt) - now;
  const single = order.choices.length === 1 && (order.device === 'wechat' || order.device === 'alipay') ? order.choices[0]!.channel : null;
  const { mutate } = offer;
  // Inside a wallet there is nothing to choose: it opens at once.
  useEffect(() => { if (single !== null) mutate(single); }, [single, mutate]);
  const left = leftMs > 0 && <span className="muted tab">{t('payer.left', { time: formatDuration(leftMs, language) })}</span>;
  if (order.choices.length === 0) return <Result tone="warn" title={t('payer.none')} text={t('payer.none.text')} />;
  return (
    <>
      {offer.data && <Offered offer={offer.data} device={order.device} />}
      {offer.error && <p role="alert" style={{ color: 'var(--k-bad)' }}>{t('payer.trouble')}: {problemSentence(t, toProblem(offer.error))}</p>}
      {(!offer.data || order.choices.length > 1) && <div className="pay-buttons">
        {offer.data && <span className="muted">{t('payer.other')}</span>}
        {order.choices.filter(({ channel }) => channel !== offer.data?.channel).map(({ channel }) => (
          <button key={channel} type="button" className={`pay-button ${channel}`} disabled={offer.isPending} onClick={() => offer.mutate(channel)}>
            {offer.isPending && offer.variables === channel ? t('payer.opening', { channel: t(`channel.${channel}`) }) : t('payer.payWith', { channel: t(`channel.${channel}`) })}
          </button>
        ))}
      </div>}
      {left}
    </>
  );
}

/** Going to the wallet happens by itself; the page stays behind and turns to paid. */
function follow({ presentation }: PayerOffer): void {
  if (presentation.kind === 'redirect' && presentation.url) location.assign(presentation.url);
  if (presentation.kind === 'invoke' && presentation.parameters) invokeWallet(presentation.parameters);
}

function Offered({ offer: { channel, presentation }, device }: { offer: PayerOffer; device: PayerOrder['device'] }) {
  const t = useTranslate();
  const name = t(`channel.${channel}`);
  if (presentation.kind === 'qr' && presentation.url) {
    return <div className="qr-dialog"><Qr text={presentation.url} label={t('payer.scan', { channel: name })} /><p>{device === 'wechat' || device === 'alipay' ? t('payer.longPress') : t('payer.scan', { channel: name })}</p><p className="muted" role="status">{t('payer.waiting')}</p></div>;
  }
  return (
    <div className="qr-dialog" role="status">
      <p className="muted">{t('payer.waiting')}</p>
      {presentation.url && <a href={presentation.url}>{t('payer.openAgain', { channel: name })}</a>}
    </div>
  );
}
