import { Modal, Segmented } from 'antd';
import { useState } from 'react';
import { uploadStatement, type StatementKind } from '../../api/reconciliation.ts';
import { formatCount } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';

const FILE_BYTES_MAX = 67_108_864;
type Props = { merchantAccountId: string; accountName: string; businessDate: string; onClose: () => void };

/** The statement of a day as a file, where the channel gives none: as it was downloaded, packed or not. */
export function UploadStatement({ merchantAccountId, accountName, businessDate, onClose }: Props) {
  const t = useTranslate();
  const [kind, setKind] = useState<StatementKind>('trade');
  const [file, setFile] = useState<File | null>(null);
  const tooLarge = file !== null && file.size > FILE_BYTES_MAX;
  const { act, busy, problem, reset } = useAct({ run: uploadStatement, done: ({ isNew }) => t(isNew ? 'recon.upload.done' : 'recon.upload.same'), stale: ['reconciliation'] });
  const send = async () => { if (file && await act({ merchantAccountId, businessDate, kind, file })) onClose(); };
  const fault = problem?.code === 'statement_unreadable' && typeof problem.data?.fault === 'string' ? problem.data.fault : null;
  return (
    <Modal open title={t('recon.upload')} onCancel={onClose} onOk={() => void send()} okText={t('recon.upload.send')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: file === null || tooLarge }}>
      <ActProblem problem={problem} />
      {fault !== null && <p className="muted" style={{ marginBottom: 12 }}>{translateCode(t, 'recon.upload.fault', fault)}{typeof problem?.data?.detail === 'string' && <> <code className="mono">{problem.data.detail}</code></>}</p>}
      <div style={{ display: 'grid', gap: 14 }}>
        <p>{t('recon.upload.text', { account: accountName, date: businessDate })}</p>
        <Segmented<StatementKind> value={kind} onChange={setKind} options={(['trade', 'fund_flow'] as const).map((value) => ({ value, label: t(`recon.statement.${value}`) }))} aria-label={t('recon.statement.kind')} />
        <div><label htmlFor="statement-file">{t('recon.upload.file')}</label>
          <input id="statement-file" type="file" accept=".csv,.txt,.gz,.gzip,.zip" className="file-input" onChange={(event) => { setFile(event.target.files?.[0] ?? null); reset(); }} />
          <div className="muted" style={{ minHeight: 22 }}>{file === null ? t('recon.upload.file.hint') : tooLarge ? t('recon.upload.tooLarge') : t('recon.upload.size', { kib: formatCount(Math.max(1, Math.round(file.size / 1_024))) })}</div></div>
      </div>
    </Modal>
  );
}
