import { Input, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import type { Problem } from '../api/problem.ts';
import { useTranslate } from '../i18n/index.ts';
import { ActProblem } from './act.tsx';

const REASON_LENGTH_MIN = 3;
const REASON_LENGTH_MAX = 2_000;

type Props = { title: string; text: ReactNode; confirm: string; problem: Problem | null; busy: boolean; danger?: boolean; lengthMax?: number; onClose: () => void; onConfirm: (reason: string) => void };

/** What a serious act will do, and why it is done; the reason is kept in the audit log. */
export function ReasonDialog({ title, text, confirm, problem, busy, danger = false, lengthMax = REASON_LENGTH_MAX, onClose, onConfirm }: Props) {
  const t = useTranslate();
  const [reason, setReason] = useState('');
  const ready = reason.trim().length >= REASON_LENGTH_MIN;
  return (
    <Modal open title={title} onCancel={onClose} onOk={() => onConfirm(reason.trim())} okText={confirm} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: !ready, danger }}>
      <ActProblem problem={problem} />
      <div style={{ marginBottom: 12 }}>{text}</div>
      <label htmlFor="reason" className="muted">{t('reason.label')}</label>
      <Input.TextArea id="reason" autoFocus rows={3} maxLength={lengthMax} value={reason} onChange={(event) => setReason(event.target.value)} />
    </Modal>
  );
}
