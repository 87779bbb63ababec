import { Modal } from 'antd';
import type { ReactNode } from 'react';
import { useTranslate } from '../i18n/index.ts';

type Props = { title: string; confirm: string; busy: boolean; danger?: boolean; disabled?: boolean; onClose: () => void; onConfirm: () => void; children: ReactNode };

/** Says exactly what will happen before it does. */
export function ConfirmDialog({ title, confirm, busy, danger = false, disabled = false, onClose, onConfirm, children }: Props) {
  const t = useTranslate();
  return <Modal open title={title} onCancel={onClose} onOk={onConfirm} okText={confirm} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ danger, disabled }}>{children}</Modal>;
}
