import { Modal, Radio, Segmented, Select, DatePicker } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { DIMENSIONS, requestExport, type Dimension, type ExportBody, type ExportFormat, type Narrowing } from '../../api/reports.ts';
import { STATEMENT_PARTS } from '../../api/statements.ts';
import { usePreferences, type Language } from '../../app/preferences.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';

type Props = { period?: string; groupBy?: Dimension; narrowing?: Narrowing; statementId?: string; onClose: () => void };
const FORMATS: readonly ExportFormat[] = ['xlsx', 'csv', 'pdf'];
const LANGUAGES: readonly Language[] = ['zh', 'en'];

/** A file of a report, of the bills behind it, or of a statement: made by a job, so that a month of a million bills keeps nobody waiting. */
export function ExportDialog({ period: given, groupBy: dimension = 'station', narrowing = {}, statementId, onClose }: Props) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { language: own } = usePreferences();
  const [period, setPeriod] = useState(given ?? dayjs().format('YYYY-MM'));
  const [subject, setSubject] = useState<ExportBody['subject']>(statementId ? 'statement' : 'report');
  const [format, setFormat] = useState<ExportFormat>('xlsx');
  const [language, setLanguage] = useState<Language>(own);
  const [groupBy, setGroupBy] = useState<Dimension>(statementId ? 'day' : dimension);
  const { act, busy, problem } = useAct({ run: requestExport, done: () => t('export.asked'), stale: ['report-exports'] });
  const body: ExportBody = subject === 'statement' ? { subject, format, language, statementId: statementId!, groupBy } : { subject, format, language, period, groupBy, ...narrowing } as ExportBody;
  const ask = () => void act(body).then((done) => { if (done) { onClose(); void navigate('/reports?tab=files'); } });
  const formats = subject === 'bills' ? FORMATS.filter((each) => each !== 'pdf') : FORMATS;
  const group: readonly Dimension[] = subject === 'statement' ? STATEMENT_PARTS : DIMENSIONS;
  const choose = (next: ExportBody['subject']) => { setSubject(next); if (next === 'bills' && format === 'pdf') setFormat('xlsx'); };
  return (
    <Modal open title={t('export.new')} onCancel={onClose} onOk={ask} okText={t('export.ask')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <p className="muted">{t('export.text')}</p>
        {!given && !statementId && <div><label htmlFor="export-period">{t('report.month')}</label><DatePicker id="export-period" picker="month" allowClear={false} value={dayjs(`${period}-01`)} style={{ width: '100%' }} onChange={(month) => { if (month) setPeriod(month.format('YYYY-MM')); }} /></div>}
        {!statementId && <Radio.Group aria-label={t('export.what')} value={subject} onChange={(event) => choose(event.target.value as ExportBody['subject'])} options={(['report', 'bills'] as const).map((value) => ({ value, label: t(`export.subject.${value}`) }))} />}
        {subject !== 'bills' && <div><label htmlFor="export-by">{t('export.by')}</label><Select id="export-by" style={{ width: '100%' }} value={groupBy} onChange={setGroupBy} options={group.map((value) => ({ value, label: t(`report.by.${value}`) }))} /></div>}
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: 14 }}>
          <Segmented<ExportFormat> aria-label={t('export.format')} value={format} onChange={setFormat} options={formats.map((value) => ({ value, label: value.toUpperCase() }))} />
          <Segmented<Language> aria-label={t('export.language')} value={language} onChange={setLanguage} options={LANGUAGES.map((value) => ({ value, label: value === 'zh' ? '中文' : 'English' }))} />
        </div>
      </div>
    </Modal>
  );
}
