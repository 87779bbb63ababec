import { useQuery } from '@tanstack/react-query';
import { Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { loadAuditEntries } from '../../api/control.ts';
import { loadRefundSettings, setRefundSettings, type RefundSettings } from '../../api/refunds.ts';
import { useLoggedIn, useMay, useMayEverywhere } from '../../app/account.tsx';
import { formatMinor, parseMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Card, Figure, Figures } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { parsePercent, percentText } from './commission.ts';

const COMMISSION_PERCENT_MAX = 50;
const ACT = 'payments.set_refund_settings';

/** From which amount a second person has to look, what is kept, and who changed it when. */
export function RefundRules() {
  const t = useTranslate();
  const mayChange = useMayEverywhere('settings:write');
  const [changing, setChanging] = useState(false);
  const { data: rules, error, refetch } = useQuery({ queryKey: ['refunds', 'settings'], queryFn: loadRefundSettings });
  if (error) return <Card><ProblemView error={error} onRetry={() => void refetch()} /></Card>;
  if (!rules) return null;
  const { amountMinor, currency } = rules.auditAbove;
  return (
    <div className="page">
      <Figures>
        <Figure label={t('refund.rules.threshold')} value={formatMinor(amountMinor, currency)} unit={currency} note={t('refund.rules.thresholdNote')} />
        <Figure label={t('refund.rules.commission')} value={percentText(rules.commissionPpm)} unit="%" note={t('refund.rules.commissionNote')} />
        <Figure label={t('refund.rules')} value={rules.version === 0 ? t('refund.rules.builtIn') : t('refund.rules.version', { version: rules.version })} words note={mayChange && <Button size="small" onClick={() => setChanging(true)}>{t('refund.rules.change')}</Button>} />
      </Figures>
      <History currency={currency} />
      {changing && <ChangeRules rules={rules} onClose={() => setChanging(false)} />}
    </div>
  );
}

type Kept = { readonly version?: unknown; readonly auditAboveMinor?: unknown; readonly commissionPpm?: unknown };

/** Versions as the audit log keeps them: what counted, who changed it, why. */
function History({ currency }: { currency: string }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const may = useMay('audit_log:read');
  const { data, error, refetch } = useQuery({ queryKey: ['refunds', 'settings', 'history'], queryFn: () => loadAuditEntries({ act: ACT }, undefined), enabled: may });
  if (!may) return null;
  const minor = (value: unknown): string => /^\d+$/.test(String(value)) ? formatMinor(String(value), currency) : '–';
  return (
    <Card title={t('refund.rules.history')} flush>
      {error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <DataTable label={t('refund.rules.history')} keys={false} loading={!data} rows={data?.items ?? []} rowKey={(row) => row.entryId} empty={<Empty title={t('refund.rules.builtIn')} />} columns={[
        { key: 'at', title: t('mch.when'), render: (row) => <span className="tab">{formatDateTime(row.recordedAt, timeZone)}</span> },
        { key: 'version', title: t('mch.version'), numeric: true, render: (row) => String((row.after as Kept | null)?.version ?? '–') },
        { key: 'threshold', title: t('refund.rules.threshold'), unit: currency, numeric: true, render: (row) => minor((row.after as Kept | null)?.auditAboveMinor) },
        { key: 'commission', title: t('refund.rules.commission'), unit: '%', numeric: true, render: (row) => percentText(Number((row.after as Kept | null)?.commissionPpm ?? 0)) },
        { key: 'by', title: t('mch.changedBy'), render: (row) => row.actor.name ?? '–' },
        { key: 'why', title: t('mch.why'), wideOnly: true, render: (row) => row.reason ?? <span className="muted">–</span> },
      ]} />}
    </Card>
  );
}

function ChangeRules({ rules, onClose }: { rules: RefundSettings; onClose: () => void }) {
  const t = useTranslate();
  const { currency } = rules.auditAbove;
  const [threshold, setThreshold] = useState(formatMinor(rules.auditAbove.amountMinor, currency));
  const [percent, setPercent] = useState(percentText(rules.commissionPpm));
  const [reason, setReason] = useState('');
  const minor = parseMinor(threshold, currency), ppm = parsePercent(percent, COMMISSION_PERCENT_MAX);
  const { act, busy, problem } = useAct({ run: setRefundSettings, done: () => t('refund.rules.changed'), stale: ['refunds'] });
  const save = async () => { if (minor !== null && ppm !== null && await act({ version: rules.version, auditAbove: { amountMinor: String(minor), currency }, commissionPpm: ppm, reason: reason.trim() || null })) onClose(); };
  return (
    <Modal open title={t('refund.rules.change')} onCancel={onClose} onOk={() => void save()} okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: minor === null || ppm === null }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 16 }}>
        <div><label htmlFor="rule-threshold">{t('refund.rules.threshold')}</label><Input id="rule-threshold" inputMode="decimal" suffix={currency} value={threshold} status={minor === null ? 'error' : ''} onChange={(event) => setThreshold(event.target.value)} /><div className="muted">{t('refund.rules.thresholdNote')}</div></div>
        <div><label htmlFor="rule-commission">{t('refund.rules.commission')}</label><Input id="rule-commission" inputMode="decimal" suffix="%" value={percent} status={ppm === null ? 'error' : ''} onChange={(event) => setPercent(event.target.value)} /><div className="muted">{ppm === null ? t('refund.rules.invalid') : t('refund.rules.commissionNote')}</div></div>
        <div><label htmlFor="rule-reason">{t('reason.label')}</label><Input.TextArea id="rule-reason" rows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
      </div>
    </Modal>
  );
}
