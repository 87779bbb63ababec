import { DatePicker, Input, Modal, Select } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { startRun } from '../../api/payments.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatDateTime, wallClockInstant } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';

const ALL = '';
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000; // Whole minutes are chosen; the one that is running is meant as well.
const REASON_LENGTH_MAX = 500;
const FORMAT = 'YYYY-MM-DD HH:mm';

/** A search over a span on the operator's own clock, at one account or all of them. */
export function NewRun({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { accounts } = useAccountName();
  const [span, setSpan] = useState<readonly [Dayjs, Dayjs]>(() => [dayjs(formatDateTime(Date.now() - DAY_MS, timeZone)), dayjs(formatDateTime(Date.now() + MINUTE_MS, timeZone))]);
  const [account, setAccount] = useState(ALL);
  const [reason, setReason] = useState('');
  const { act, busy, problem } = useAct({ run: startRun, done: () => t('recovery.started'), stale: ['recovery'] });
  const at = (day: Dayjs): string => wallClockInstant(day.format(FORMAT), timeZone).toISOString();
  const valid = span[0].isBefore(span[1]);
  const start = async () => { if (valid && await act({ from: at(span[0]), to: at(span[1]), merchantAccountId: account === ALL ? null : account, reason: reason.trim() || null })) onClose(); };
  const picker = (index: 0 | 1) => <DatePicker showTime={{ format: 'HH:mm' }} format={FORMAT} allowClear={false} value={span[index]} style={{ width: '100%' }} aria-label={t(index === 0 ? 'recovery.from' : 'recovery.to')} status={valid ? '' : 'error'} onChange={(day) => { if (day) setSpan(index === 0 ? [day, span[1]] : [span[0], day]); }} />;
  return (
    <Modal open title={t('recovery.new')} onCancel={onClose} onOk={() => void start()} okText={t('recovery.start')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: !valid }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <p className="muted">{t('recovery.new.text')}</p>
        <div><span>{t('recovery.from')}</span>{picker(0)}</div><div><span>{t('recovery.to')}</span>{picker(1)}</div>
        <div><label htmlFor="run-account">{t('recovery.account')}</label><Select id="run-account" style={{ width: '100%' }} value={account} onChange={setAccount} options={[{ value: ALL, label: t('recovery.account.all') }, ...accounts.map((each) => ({ value: each.merchantAccountId, label: each.name }))]} /></div>
        <div><label htmlFor="run-reason">{t('recovery.reason')}</label><Input id="run-reason" maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
      </div>
    </Modal>
  );
}
