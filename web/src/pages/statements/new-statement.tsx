import { DatePicker, Modal, Segmented, Select } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { createStatement, SUBJECT_KINDS, type SubjectKind } from '../../api/statements.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { useSubOperators } from '../../app/sub-operators.ts';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useUnits } from '../reports/words.tsx';

/** A draft over the days of last month, unless others are chosen. */
export function NewStatement({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { timeZone } = useLoggedIn();
  const { fleets, departments } = useUnits();
  const { all: parts } = useSubOperators();
  const [kind, setKind] = useState<SubjectKind>('fleet');
  const [subjectId, setSubjectId] = useState<string | null>(null);
  const [span, setSpan] = useState<readonly [Dayjs, Dayjs]>(() => { const last = dayjs(formatDate(Date.now(), timeZone)).subtract(1, 'month'); return [last.startOf('month'), last.endOf('month')]; });
  const { act, busy, problem } = useAct({ run: createStatement, done: (made) => { void navigate(`/statements/${made.statementId}`); return t('statement.made', { name: made.subjectName ?? made.subjectId }); }, stale: ['statements'] });
  const options = { fleet: fleets.map(({ fleetId, name }) => ({ value: fleetId, label: name })), department: departments.map(({ departmentId, name }) => ({ value: departmentId, label: name })), sub_operator: parts.map(({ subOperatorId, name }) => ({ value: subOperatorId, label: name })) }[kind];
  const day = (at: Dayjs): string => at.format('YYYY-MM-DD');
  const valid = subjectId !== null && !span[1].isBefore(span[0], 'day');
  const make = () => { if (valid) void act({ subjectKind: kind, subjectId, firstOn: day(span[0]), lastOn: day(span[1]) }).then((done) => { if (done) onClose(); }); };
  const picker = (index: 0 | 1) => <DatePicker allowClear={false} value={span[index]} style={{ width: '100%' }} aria-label={t(index === 0 ? 'statement.firstOn' : 'statement.lastOn')} onChange={(at) => { if (at) setSpan(index === 0 ? [at, span[1]] : [span[0], at]); }} />;
  return (
    <Modal open title={t('statement.new')} onCancel={onClose} onOk={make} okText={t('action.create')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: !valid }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <p className="muted">{t('statement.new.text')}</p>
        <Segmented<SubjectKind> aria-label={t('statement.kind')} value={kind} onChange={(next) => { setKind(next); setSubjectId(null); }} options={SUBJECT_KINDS.map((value) => ({ value, label: t(`report.by.${value}`) }))} />
        <div><label htmlFor="statement-subject">{t('statement.subject')}</label><Select id="statement-subject" style={{ width: '100%' }} showSearch={{ optionFilterProp: 'label' }} value={subjectId} onChange={setSubjectId} options={options} notFoundContent={t('statement.subject.none')} /></div>
        <div className="form-grid"><div><span>{t('statement.firstOn')}</span>{picker(0)}</div><div><span>{t('statement.lastOn')}</span>{picker(1)}</div></div>
      </div>
    </Modal>
  );
}
