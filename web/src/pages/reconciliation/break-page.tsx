import { useQuery } from '@tanstack/react-query';
import { Button, Input, Radio, Space } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { orderOfNumber } from '../../api/payments.ts';
import { commentBreak, endBreak, loadBreak, ownBreak, type Break, type BreakStory, type Ending } from '../../api/reconciliation.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatMinor } from '../../format/number.ts';
import { formatDateTime, formatDuration } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Facts, Figure, Figures, Page } from '../../ui/page.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { BreakWord } from './breaks.tsx';
import { dayPath } from './day-words.tsx';

const COMMENT_LENGTH_MAX = 2_000;

/** One difference: what each side says, who works on it, what is known, and how it ends. */
export function Component() {
  const t = useTranslate();
  const { breakId = '' } = useParams();
  const { nameOf } = useAccountName();
  const { data: story, error, refetch } = useQuery({ queryKey: ['reconciliation', 'break', breakId], queryFn: () => loadBreak(breakId) });
  const crumbs = [{ to: '/reconciliation', label: t('recon.title') }, { to: '/reconciliation?tab=breaks', label: t('recon.tab.breaks') }];
  if (error) return <ProblemPage title={t('break.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!story) return null;
  const one = story.break;
  return (
    <Page title={`${t(`break.kind.${one.kind}`)} · ${t(`break.line.${one.lineKind}`)}`} crumbs={[...crumbs, { to: dayPath(one), label: `${nameOf(one.merchantAccountId)} ${one.businessDate}` }]} actions={<Actions one={one} />}
      sub={<><BreakWord one={one} /><span>{t(`break.why.${one.kind}`)}</span></>}>
      <Sides one={one} />
      <div className="grid">
        <Card span={6} title={t('break.comments')}><Comments story={story} /></Card>
        <Card span={6} title={t('break.about')}><About one={one} /></Card>
      </div>
    </Page>
  );
}

function Sides({ one }: { one: Break }) {
  const t = useTranslate();
  const { language } = usePreferences();
  const now = useNow(60_000);
  const figure = (label: string, money: Break['ours']) => money === null ? <Figure label={label} value={t('none')} words /> : <Figure label={label} value={formatMinor(money.amountMinor, money.currency)} unit={money.currency} />;
  return (
    <Figures>
      {figure(t('recon.ours'), one.ours)}{figure(t('recon.theirs'), one.theirs)}{figure(t('recon.difference'), one.difference)}
      <Figure label={t('break.owner')} value={one.owner ?? t('break.owner.nobody')} words />
      <Figure label={t('break.age')} value={formatDuration((one.resolvedAt ? Date.parse(one.resolvedAt) : now) - Date.parse(one.openedAt), language)} words />
    </Figures>
  );
}

function About({ one }: { one: Break }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { nameOf } = useAccountName();
  const order = orderOfNumber(one.number);
  return <Facts rows={[
    [t('break.number'), order ? <Link key="n" className="mono" to={`/payment-orders/${order}`}>{one.number}</Link> : <span key="n" className="mono">{one.number}</span>], one.channelNumber !== null && [t('break.channelNumber'), <span key="c" className="mono">{one.channelNumber}</span>],
    [t('recon.account'), nameOf(one.merchantAccountId)], [t('recon.day'), <Link key="d" to={dayPath(one)}>{one.businessDate}</Link>], one.theirTime !== null && [t('break.theirTime'), one.theirTime], one.lineNo !== null && [t('break.lineNo'), String(one.lineNo)],
    [t('break.opened'), formatDateTime(one.openedAt, timeZone, true)], one.resolvedAt !== null && [t('break.end'), `${formatDateTime(one.resolvedAt, timeZone, true)} · ${one.resolvedBy ?? ''}`],
  ]} />;
}

function Comments({ story: { break: one, comments } }: { story: BreakStory }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const may = useMayEverywhere('payments:recover');
  const [text, setText] = useState('');
  const { act, busy, problem } = useAct({ run: commentBreak, done: () => t('break.comment.added'), stale: ['reconciliation'] });
  const add = async () => { if (await act({ breakId: one.breakId, body: text.trim() })) setText(''); };
  return (
    <>
      {comments.length === 0 ? <p className="muted" style={{ marginBottom: 16 }}>{t('break.comments.none')}</p> : <ul className="comments">{comments.map((comment, index) => <li key={index}><div className="cell-sub"><b>{comment.author}</b> · {formatDateTime(comment.recordedAt, timeZone)}</div><p>{comment.body}</p></li>)}</ul>}
      {may && <div style={{ display: 'grid', gap: 8 }}>
        <ActProblem problem={problem} />
        <Input.TextArea aria-label={t('break.comment')} placeholder={t('break.comment')} rows={2} maxLength={COMMENT_LENGTH_MAX} value={text} onChange={(event) => setText(event.target.value)} />
        <div><Button loading={busy} disabled={text.trim() === ''} onClick={() => void add()}>{t('break.comment.add')}</Button></div>
      </div>}
    </>
  );
}

function Actions({ one }: { one: Break }) {
  const t = useTranslate();
  const { displayName, logInName } = useLoggedIn();
  const may = useMayEverywhere('payments:recover');
  const [ending, setEnding] = useState(false);
  const owning = useAct({ run: ownBreak, done: (_story, { mine }) => t(mine ? 'break.taken' : 'break.released'), stale: ['reconciliation'] });
  if (!may || one.state !== 'open') return null;
  // The server names people as "name (log-in)".
  const mine = one.owner !== null && (one.owner === logInName || one.owner === `${displayName} (${logInName})`);
  return (
    <>
      <Button loading={owning.busy} onClick={() => void owning.act({ breakId: one.breakId, mine: !mine })}>{t(mine ? 'break.release' : 'break.take')}</Button>
      <Button type="primary" onClick={() => setEnding(true)}>{t('break.end')}</Button>
      {ending && <EndDialog one={one} onClose={() => setEnding(false)} />}
    </>
  );
}

function EndDialog({ one, onClose }: { one: Break; onClose: () => void }) {
  const t = useTranslate();
  const [resolution, setResolution] = useState<Ending>('explained');
  const [why, setWhy] = useState('');
  const { act, busy, problem } = useAct({ run: endBreak, done: () => t('break.ended'), stale: ['reconciliation'] });
  const end = () => void act({ breakId: one.breakId, resolution, why: why.trim() }).then((done) => { if (done) onClose(); });
  const { amountMinor, currency } = one.difference;
  const mayWriteOff = BigInt(amountMinor) !== 0n && one.kind !== 'fee_differs';
  return (
    <ConfirmDialog title={t('break.end.title')} confirm={t('break.end')} danger={resolution === 'written_off'} busy={busy} disabled={why.trim() === ''} onClose={onClose} onConfirm={end}>
      <ActProblem problem={problem} />
      <Radio.Group value={resolution} onChange={(event) => setResolution(event.target.value as Ending)} style={{ marginBottom: 14 }}>
        <Space orientation="vertical"><Radio value="explained">{t('break.end.explained')}</Radio><Radio value="accepted">{t('break.end.accepted')}</Radio>{mayWriteOff && <Radio value="written_off">{t('break.end.written_off', { amount: formatMinor(amountMinor, currency), currency })}</Radio>}</Space>
      </Radio.Group>
      <label htmlFor="break-why">{t('break.end.why')}</label><Input.TextArea id="break-why" rows={3} maxLength={COMMENT_LENGTH_MAX} value={why} onChange={(event) => setWhy(event.target.value)} />
      <p className="muted" style={{ marginTop: 8 }}>{t('break.end.stays')}</p>
    </ConfirmDialog>
  );
}
