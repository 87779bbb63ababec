import { DatePicker, Modal, Select } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { requestDay } from '../../api/reconciliation.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';

/** The channels' days are China's, wherever the operator is. */
const CHANNEL_ZONE_HOURS = 8;
const yesterday = () => dayjs(new Date(Date.now() + CHANNEL_ZONE_HOURS * 3_600_000).toISOString().slice(0, 10)).subtract(1, 'day');

export function MatchDay({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const { accounts } = useAccountName();
  const [chosen, setChosen] = useState<string | null>(null);
  const [day, setDay] = useState(yesterday);
  const account = chosen ?? accounts[0]?.merchantAccountId ?? null;
  const businessDate = day.format('YYYY-MM-DD');
  const { act, busy, problem } = useAct({ run: requestDay, done: () => t('recon.again.done', { date: businessDate }), stale: ['reconciliation'] });
  const start = async () => { if (account && await act({ merchantAccountId: account, businessDate })) onClose(); };
  return (
    <Modal open title={t('recon.again.one')} onCancel={onClose} onOk={() => void start()} okText={t('recon.again')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: account === null }} width={420}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 12 }}>
        <p className="muted">{t('recon.again.text')}</p>
        <Select aria-label={t('recon.account')} value={account} onChange={setChosen} options={accounts.map((each) => ({ value: each.merchantAccountId, label: each.name }))} />
        <DatePicker aria-label={t('recon.day')} allowClear={false} value={day} maxDate={yesterday()} onChange={(next) => { if (next) setDay(next); }} />
      </div>
    </Modal>
  );
}
