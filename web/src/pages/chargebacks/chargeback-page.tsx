import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Input, Radio, Space } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { decideChargeback, loadChargeback, writeOffChargeback, type Chargeback, type ChargebackOutcome } from '../../api/chargebacks.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatMinor } from '../../format/number.ts';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Facts, Figure, Figures, Page } from '../../ui/page.tsx';
import { moneyText, useAccountName } from '../../ui/payment-words.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { ChargebackWord, owedMinor } from './chargeback-words.tsx';

/** One chargeback: what was taken, who bears it, how the dispute ended. */
export function Component() {
  const t = useTranslate();
  const { chargebackId = '' } = useParams();
  const { language } = usePreferences();
  const { timeZone } = useLoggedIn();
  const { nameOf } = useAccountName();
  const now = useNow(60_000);
  const { data: one, error, refetch } = useQuery({ queryKey: ['chargebacks', chargebackId], queryFn: () => loadChargeback(chargebackId) });
  const crumbs = [{ to: '/chargebacks', label: t('chargeback.title') }];
  if (error) return <ProblemPage title={t('chargeback.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!one) return null;
  return (
    <Page title={`${t('chargeback.one')} · ${moneyText(one.amount)}`} crumbs={crumbs} actions={<Actions one={one} />} sub={<><ChargebackWord state={one.state} /><span className="muted">{t('chargeback.opened')} {formatAgo(one.openedAt, now, language)}</span></>}>
      {one.state === 'open' && <Alert type="warning" showIcon title={t('chargeback.open.title')} description={t('chargeback.open.text')} />}
      <Figures>
        <Figure label={t('chargeback.amount')} value={formatMinor(one.amount.amountMinor, one.amount.currency)} unit={one.amount.currency} />
        <Figure label={t('chargeback.fromWallet')} value={formatMinor(one.fromWallet.amountMinor, one.fromWallet.currency)} unit={one.fromWallet.currency} />
        <Figure label={t('chargeback.owed')} value={formatMinor(owedMinor(one), one.amount.currency)} unit={one.amount.currency} note={BigInt(one.writtenOff.amountMinor) > 0n ? t('chargeback.writtenOff', { amount: moneyText(one.writtenOff) }) : undefined} />
        <Figure label={t('refund.member')} value={one.memberName ?? t('member.one')} words to={`/members/${one.memberId}`} />
      </Figures>
      <div className="grid">
        <Card span={6} title={t('chargeback.story')}><Story one={one} /></Card>
        <Card span={6} title={t('chargeback.about')}><Facts rows={[
          [t('refund.reason'), one.reason], [t('pay.one'), <Link key="o" to={`/payment-orders/${one.orderId}`} className="mono">{one.orderId}</Link>], [t('recon.account'), nameOf(one.merchantAccountId)],
          [t('chargeback.reference'), <span key="r" className="mono">{one.channelReference}</span>], [t('chargeback.source'), translateCode(t, 'chargeback.source', one.source)], [t('chargeback.opened'), formatDateTime(one.openedAt, timeZone, true)],
          one.decisionNote !== null && [t('refund.note'), one.decisionNote],
        ]} /></Card>
      </div>
    </Page>
  );
}

function Story({ one }: { one: Chargeback }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const by = (name: string): string => name === 'system' ? t('pay.actor.system') : name;
  const events = [
    { key: 'opened', tone: 'warn', at: one.openedAt as string | null, text: t('chargeback.event.opened', { name: by(one.openedBy), amount: moneyText(one.amount) }) },
    { key: 'booked', tone: 'done', at: one.openedAt, text: BigInt(one.receivable.amountMinor) > 0n ? t('chargeback.event.owes', { wallet: moneyText(one.fromWallet), owed: moneyText(one.receivable) }) : t('chargeback.event.wallet', { wallet: moneyText(one.fromWallet) }) },
    ...(BigInt(one.cashback.amountMinor) > 0n ? [{ key: 'cashback', tone: 'done', at: one.openedAt, text: t('chargeback.event.cashback', { amount: moneyText(one.cashback) }) }] : []),
    ...(one.coupons > 0 ? [{ key: 'coupons', tone: 'done', at: one.openedAt, text: t('chargeback.event.coupons', { count: one.coupons }) }] : []),
    ...(one.state === 'open' ? [] : [{ key: 'decided', tone: one.state === 'won' ? 'good' : 'bad', at: one.decidedAt, text: t(`chargeback.event.${one.state}`, { name: by(one.decidedBy ?? '') }) }]),
    ...(BigInt(one.writtenOff.amountMinor) > 0n ? [{ key: 'written', tone: 'done', at: null, text: t('chargeback.event.writtenOff', { name: by(one.writtenOffBy ?? ''), amount: moneyText(one.writtenOff) }) }] : []),
  ];
  return <ol className="timeline">{events.map((event) => <li key={event.key} className={event.tone}><div className="cell-main">{event.text}</div><div className="when">{event.at === null ? '' : formatDateTime(event.at, timeZone, true)}</div></li>)}</ol>;
}

function Actions({ one }: { one: Chargeback }) {
  const t = useTranslate();
  const may = useMayEverywhere('chargebacks:write');
  const [dialog, setDialog] = useState<'decide' | 'write-off' | null>(null);
  const writing = useAct({ run: writeOffChargeback, done: () => t('chargeback.writeOff.done'), stale: ['chargebacks', 'approvals'] });
  if (!may) return null;
  const write = (reason: string) => void writing.act({ chargebackId: one.chargebackId, reason }).then((done) => { if (done) setDialog(null); });
  return (
    <>
      {one.state === 'lost' && owedMinor(one) > 0n && <Button danger onClick={() => setDialog('write-off')}>{t('chargeback.writeOff')}</Button>}
      {one.state === 'open' && <Button type="primary" onClick={() => setDialog('decide')}>{t('chargeback.decide')}</Button>}
      {dialog === 'decide' && <DecideDialog one={one} onClose={() => setDialog(null)} />}
      {dialog === 'write-off' && <ReasonDialog title={t('chargeback.writeOff')} text={t('chargeback.writeOff.text', { amount: `${formatMinor(owedMinor(one), one.amount.currency)} ${one.amount.currency}` })} confirm={t('chargeback.writeOff')} danger problem={writing.problem} busy={writing.busy} onClose={() => { setDialog(null); writing.reset(); }} onConfirm={write} />}
    </>
  );
}

function DecideDialog({ one, onClose }: { one: Chargeback; onClose: () => void }) {
  const t = useTranslate();
  const [outcome, setOutcome] = useState<ChargebackOutcome | null>(null);
  const [note, setNote] = useState('');
  const { act, busy, problem } = useAct({ run: decideChargeback, done: () => t('chargeback.decided'), stale: ['chargebacks', 'wallets', 'members'] });
  const decide = () => void (outcome && act({ chargebackId: one.chargebackId, outcome, note: note.trim() || null }).then((done) => { if (done) onClose(); }));
  return (
    <ConfirmDialog title={t('chargeback.decide')} confirm={t('chargeback.decide.confirm')} danger={outcome === 'lost'} busy={busy} disabled={outcome === null} onClose={onClose} onConfirm={decide}>
      <ActProblem problem={problem} />
      <Radio.Group value={outcome} onChange={(event) => setOutcome(event.target.value as ChargebackOutcome)} style={{ marginBottom: 14 }}>
        <Space orientation="vertical"><Radio value="won">{t('chargeback.decide.won', { amount: moneyText(one.amount) })}</Radio><Radio value="lost">{t('chargeback.decide.lost')}</Radio></Space>
      </Radio.Group>
      <label htmlFor="chargeback-note" className="muted">{t('refund.note')}</label><Input.TextArea id="chargeback-note" rows={2} maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
    </ConfirmDialog>
  );
}
