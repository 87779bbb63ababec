import { Input, Modal } from 'antd';
import { useState } from 'react';
import { changeCorrectionPolicy, type CorrectionPolicy } from '../../api/repair.ts';
import { formatKwh, formatMinor, parseMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { parseKwh } from './decide.tsx';

const REASON_LENGTH_MIN = 3, REASON_LENGTH_MAX = 500;

/** From which difference on one correction needs a second person, whoever makes it. */
export function FourEyesDialog({ policy, onClose }: { policy: CorrectionPolicy; onClose: () => void }) {
  const t = useTranslate();
  const { amountMinor, currency } = policy.fourEyesAbove;
  const [amount, setAmount] = useState(formatMinor(amountMinor, currency).replaceAll(',', ''));
  const [kwh, setKwh] = useState(formatKwh(policy.fourEyesAboveWh).replaceAll(',', ''));
  const [reason, setReason] = useState('');
  const minor = parseMinor(amount, currency), wattHours = parseKwh(kwh);
  const { act, busy, problem } = useAct({ run: (change: Parameters<typeof changeCorrectionPolicy>[0]) => changeCorrectionPolicy(change), done: () => t('auto.fourEyes.changed'), stale: ['correction-policy'] });
  const save = async () => { if (minor !== null && wattHours !== null && await act({ seenVersion: policy.version, fourEyesAboveMinor: String(minor), fourEyesAboveWh: wattHours, reason: reason.trim() })) onClose(); };
  return (
    <Modal open title={t('auto.fourEyes.change')} onCancel={onClose} onOk={() => void save()} okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: minor === null || wattHours === null || reason.trim().length < REASON_LENGTH_MIN }}>
      <ActProblem problem={problem} />
      <p className="muted" style={{ marginBottom: 14 }}>{t('auto.fourEyes.text')}</p>
      <div className="form-grid" style={{ gap: '12px 16px' }}>
        <div><label htmlFor="eyes-money">{t('auto.fourEyes.money')}</label><Input id="eyes-money" inputMode="decimal" suffix={currency} value={amount} status={minor === null ? 'error' : ''} onChange={(event) => setAmount(event.target.value)} /></div>
        <div><label htmlFor="eyes-energy">{t('auto.fourEyes.energy')}</label><Input id="eyes-energy" inputMode="decimal" suffix="kWh" value={kwh} status={wattHours === null ? 'error' : ''} onChange={(event) => setKwh(event.target.value)} /></div>
      </div>
      <div style={{ marginTop: 12 }}><label htmlFor="reason">{t('reason.label')}</label><Input.TextArea id="reason" rows={2} maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
    </Modal>
  );
}
