import { Button, DatePicker, Input, Modal } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { setFeeRate } from '../../api/channels.ts';
import { useMayEverywhere } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { Card } from '../../ui/page.tsx';
import { parsePercent, percentText } from '../refunds/commission.ts';

const RATE_PERCENT_MAX = 20;

/** What the channel keeps by contract; statements are checked against it. */
export function FeeRate({ merchantAccountId }: { merchantAccountId: string }) {
  const t = useTranslate();
  const may = useMayEverywhere('settings:write');
  const [setting, setSetting] = useState(false);
  if (!may) return null;
  return <Card title={t('mch.fee')} extra={<Button size="small" onClick={() => setSetting(true)}>{t('mch.fee.set')}</Button>}><p className="muted">{t('mch.fee.text')}</p>{setting && <SetFeeRate merchantAccountId={merchantAccountId} onClose={() => setSetting(false)} />}</Card>;
}

function SetFeeRate({ merchantAccountId, onClose }: { merchantAccountId: string; onClose: () => void }) {
  const t = useTranslate();
  const [percent, setPercent] = useState('0.6');
  const [from, setFrom] = useState<Dayjs>(() => dayjs());
  const ppm = parsePercent(percent, RATE_PERCENT_MAX);
  const validFrom = from.format('YYYY-MM-DD');
  const { act, busy, problem } = useAct({ run: setFeeRate, done: ({ ratePpm }) => t('mch.fee.done', { from: validFrom, rate: percentText(ratePpm) }), stale: ['merchant-accounts', 'reconciliation'] });
  const save = async () => { if (ppm !== null && await act({ merchantAccountId, validFrom, ratePpm: ppm })) onClose(); };
  return (
    <Modal open title={t('mch.fee.set')} onCancel={onClose} onOk={() => void save()} okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: ppm === null }} width={400}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 12 }}>
        <div><label htmlFor="fee-rate">{t('mch.fee.rate')}</label><Input id="fee-rate" inputMode="decimal" suffix="%" value={percent} status={ppm === null ? 'error' : ''} onChange={(event) => setPercent(event.target.value)} /><div className="muted">{ppm === null && t('mch.fee.invalid')}</div></div>
        <div><span>{t('mch.fee.from')}</span><DatePicker allowClear={false} value={from} onChange={(day) => { if (day) setFrom(day); }} style={{ width: '100%' }} aria-label={t('mch.fee.from')} /></div>
      </div>
    </Modal>
  );
}
