import { useQuery } from '@tanstack/react-query';
import { Alert, Input } from 'antd';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { loadReportPolicy, publishReport, type Report, type ReportPublication } from '../../api/reports.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount, formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Card, Facts } from '../../ui/page.tsx';
import { CopyButton } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';

const REASON_LENGTH_MAX = 500;

/** Who froze it, the hash of its figures, and what has come since that it does not show. */
export function PublicationVerdict({ report, publication, narrowed }: { report: Report; publication: ReportPublication; narrowed: boolean }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { laterAdjustments: later, currency } = report;
  const some = later.billCount !== 0 || later.heldCount !== 0 || BigInt(later.totalMinor) !== 0n || BigInt(later.energyWh) !== 0n;
  return (
    <div className="grid">
      <div className="span-7 fill"><Card title={t('report.published')}><Facts rows={[
        [t('report.publishedAt'), formatDateTime(publication.publishedAt, timeZone, true)], [t('report.publishedBy'), publication.publishedBy], publication.approvedBy !== null && [t('report.approvedBy'), publication.approvedBy],
        [t('report.movements'), formatCount(publication.movements)],
        [t('report.hash'), <span key="hash" style={{ display: 'inline-flex', flexWrap: 'wrap', gap: 8, alignItems: 'center' }}><code className="mono" style={{ overflowWrap: 'anywhere' }}>{publication.sha256}</code><CopyButton text={publication.sha256} label={t('action.copy')} /></span>],
      ]} /></Card></div>
      <div className="span-5 fill"><Card title={t('report.since')} extra={some && <Since />}>
        {some ? <>
          <p style={{ marginBottom: 8 }}><State tone="warn">{t('report.since.some')}</State></p>
          <Facts rows={[
            [t('report.bills'), signed(formatCount(later.billCount))], [t('report.energy'), `${signed(formatKwh(later.energyWh))} kWh`], [t('report.total'), `${signed(formatMinor(later.totalMinor, currency))} ${currency}`],
            later.heldCount !== 0 && [t('report.since.held'), signed(formatCount(later.heldCount))],
          ]} />
        </> : <p><State tone="good">{t('report.since.none')}</State></p>}
        <p className="muted" style={{ marginTop: 8 }}>{t(narrowed ? 'report.since.narrowed' : 'report.since.text')}</p>
      </Card></div>
    </div>
  );
}

const signed = (text: string): string => /^[\u2212-]|^0(\.0+)?$/.test(text) ? text : `+${text}`;

function Since() {
  const t = useTranslate();
  const [params] = useSearchParams();
  const next = new URLSearchParams(params);
  next.set('by', 'adjustments');
  return <Link to={`?${next}`}>{t('report.since.show')}</Link>;
}

/** Says exactly what is frozen and what is not in it yet. */
export function PublishDialog({ report, narrowed, onClose }: { report: Report; narrowed: boolean; onClose: () => void }) {
  const t = useTranslate();
  const [reason, setReason] = useState('');
  const { data: policy } = useQuery({ queryKey: ['reports', 'policy'], queryFn: loadReportPolicy });
  const { act, busy, problem } = useAct({ run: publishReport, done: ({ state }) => t(state === 'published' ? 'report.publish.done' : 'report.publish.asked', { period: report.period }), stale: ['reports', 'approvals'] });
  const publish = () => void act({ period: report.period, reason: reason.trim() || null }).then((done) => { if (done) onClose(); });
  const { total, currency } = report;
  return (
    <ConfirmDialog title={t('report.publish.title', { period: report.period })} confirm={t(policy?.publishFourEyes ? 'report.publish.ask' : 'report.publish')} busy={busy} onClose={onClose} onConfirm={publish}>
      <ActProblem problem={problem} />
      <p style={{ marginBottom: 12 }}>{t('report.publish.text')}</p>
      {narrowed ? <Alert type="info" showIcon style={{ marginBottom: 12 }} title={t('report.publish.whole')} />
        : <Facts rows={[[t('report.bills'), formatCount(total.billCount)], [t('report.energy'), `${formatKwh(total.energyWh)} kWh`], [t('report.total'), `${formatMinor(total.totalMinor, currency)} ${currency}`]]} />}
      {total.heldCount > 0 && <Alert type="warning" showIcon style={{ margin: '12px 0' }} title={t('report.held', { count: formatCount(total.heldCount) })} description={t('report.publish.held', { energy: formatKwh(total.heldWh), amount: formatMinor(total.heldMinor, currency), currency })} />}
      {report.period.length === 7 && <p className="muted" style={{ margin: '8px 0' }}>{t('report.publish.month')}</p>}
      {policy?.publishFourEyes && <p className="muted" style={{ margin: '8px 0' }}>{t('report.publish.fourEyes')}</p>}
      {policy?.publishFourEyes && <><label htmlFor="publish-reason">{t('report.publish.reason')}</label><Input.TextArea id="publish-reason" rows={2} maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></>}
    </ConfirmDialog>
  );
}
