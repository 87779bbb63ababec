import { Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { FLAG_CAUSES } from '../../api/charging.ts';
import { CONFIDENCES, previewBulkRun, type BulkFilter, type BulkRunDetail } from '../../api/repair.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { parseMinor } from '../../format/number.ts';
import { translateCode, useTranslate, type MessageKey } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';

const ANY = '';
const REASON_LENGTH_MIN = 3, REASON_LENGTH_MAX = 500, TEXT_LENGTH_MAX = 200;
export const NOTHING_CHOSEN: BulkFilter = { cause: null, maker: null, model: null, firmware: null, stationId: null, confidence: null, amountMax: null };
type Props = { chosen: BulkFilter; stations: ReadonlyMap<string, string>; onClose: () => void };

/** Which bills, and why: the preview then stands on a page of its own. */
export function PreviewDialog({ chosen, stations, onClose }: Props) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { currency } = useLoggedIn();
  const [filter, setFilter] = useState(chosen);
  const [amount, setAmount] = useState('');
  const [reason, setReason] = useState('');
  const minor = amount.trim() === '' ? null : parseMinor(amount, currency);
  const wrong = amount.trim() !== '' && minor === null;
  const { act, busy, problem } = useAct<{ filter: BulkFilter; reason: string }, BulkRunDetail>({ run: previewBulkRun, done: ({ runId }) => { void navigate(`/bulk-repairs/${runId}`); return null; }, stale: ['bulk-repairs'] });
  const send = () => void act({ filter: { ...filter, amountMax: minor === null ? null : { amountMinor: String(minor), currency } }, reason: reason.trim() });
  const set = <Key extends keyof BulkFilter>(key: Key, value: BulkFilter[Key]) => setFilter((now) => ({ ...now, [key]: value }));
  const text = (key: 'maker' | 'model' | 'firmware', label: MessageKey) => (
    <div><label htmlFor={`bulk-${key}`}>{t(label)}</label><Input id={`bulk-${key}`} allowClear placeholder={t('bulk.any')} maxLength={TEXT_LENGTH_MAX} value={filter[key] ?? ''} onChange={(event) => set(key, event.target.value || null)} /></div>
  );
  const choice = (key: 'cause' | 'stationId', label: MessageKey, options: readonly { value: string; label: string }[]) => (
    <div><label htmlFor={`bulk-${key}`}>{t(label)}</label><Select id={`bulk-${key}`} style={{ width: '100%' }} showSearch={{ optionFilterProp: 'label' }} value={filter[key] ?? ANY} onChange={(value) => set(key, value || null)} options={[{ value: ANY, label: t('bulk.any') }, ...options]} /></div>
  );
  return (
    <Modal open width={640} title={t('bulk.preview.title')} onCancel={onClose} onOk={send} okText={t('bulk.preview')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: wrong || reason.trim().length < REASON_LENGTH_MIN }}>
      <ActProblem problem={problem} />
      <p className="muted" style={{ marginBottom: 14 }}>{t('bulk.preview.text')}</p>
      <div className="form-grid" style={{ gap: '12px 16px' }}>
        {choice('cause', 'repair.by.cause', FLAG_CAUSES.map((value) => ({ value, label: translateCode(t, 'flag', value) })))}
        {choice('stationId', 'repair.by.station', [...stations].map(([value, label]) => ({ value, label })))}
        {text('maker', 'repair.by.maker')}{text('model', 'repair.by.model')}{text('firmware', 'repair.by.firmware')}
        <div><label htmlFor="bulk-confidence">{t('bulk.filter.confidence')}</label><Select id="bulk-confidence" style={{ width: '100%' }} value={filter.confidence ?? ANY} onChange={(value) => set('confidence', CONFIDENCES.find((each) => each === value) ?? null)} options={[{ value: ANY, label: t('bulk.any') }, ...CONFIDENCES.map((value) => ({ value, label: t(`repair.confidence.${value}`) }))]} /></div>
        <div><label htmlFor="bulk-amount">{t('bulk.filter.amountMax')}</label><Input id="bulk-amount" inputMode="decimal" placeholder={t('bulk.any')} suffix={currency} status={wrong ? 'error' : ''} value={amount} onChange={(event) => setAmount(event.target.value)} />{wrong && <div className="bad-text">{t('bulk.amount.wrong')}</div>}</div>
      </div>
      <div style={{ marginTop: 12 }}><label htmlFor="reason">{t('bulk.preview.reason')}</label><Input.TextArea id="reason" rows={2} maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
    </Modal>
  );
}
