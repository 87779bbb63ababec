import { useQueryClient } from '@tanstack/react-query';
import { Button, Modal, Progress } from 'antd';
import { useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { UPLOAD_BYTES_MAX, uploadTable } from '../../api/imports.ts';
import { toProblem, type Problem } from '../../api/problem.ts';
import { formatCount } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem } from '../../ui/act.tsx';
import { COMMAND, pathOf } from './words.tsx';

/** Brings a file; it is kept as it is, and how to read it is asked on its own page. */
export function UploadDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const running = useRef<{ abort: () => void } | null>(null);
  const tooLarge = file !== null && file.size > UPLOAD_BYTES_MAX;
  const send = async () => {
    if (file === null || running.current) return;
    setProblem(null);
    setShare(0);
    const upload = uploadTable(file, setShare);
    running.current = upload;
    try {
      const { importId } = await upload.done;
      void queries.invalidateQueries({ queryKey: ['session-imports'] });
      void navigate(pathOf(importId));
    } catch (thrown) {
      if (!(thrown instanceof DOMException)) setProblem(toProblem(thrown));
      setShare(null);
    } finally {
      running.current = null;
    }
  };
  const leave = () => { running.current?.abort(); onClose(); };
  return (
    <Modal open title={t('import.bring')} onCancel={leave} onOk={() => void send()} okText={t('import.upload')} cancelText={t('action.cancel')} confirmLoading={share !== null} okButtonProps={{ disabled: file === null || tooLarge }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <div>
          <label htmlFor="import-file">{t('import.file.choose')}</label>
          <input id="import-file" type="file" accept=".csv,.tsv,.txt,.xlsx" className="file-input" disabled={share !== null} onChange={(event) => { setFile(event.target.files?.[0] ?? null); setProblem(null); }} />
          <div className="muted" style={{ minHeight: 22 }}>{file === null ? t('import.file.hint', { command: COMMAND }) : tooLarge ? t('import.file.tooLarge', { command: COMMAND }) : t('import.file.size', { kib: formatCount(Math.max(1, Math.round(file.size / 1_024))) })}</div>
        </div>
        {share !== null && <div style={{ display: 'flex', gap: 12, alignItems: 'center' }}><Progress percent={Math.floor(share * 100)} aria-label={t('import.uploading')} /><Button size="small" onClick={() => running.current?.abort()}>{t('import.upload.stop')}</Button></div>}
      </div>
    </Modal>
  );
}
