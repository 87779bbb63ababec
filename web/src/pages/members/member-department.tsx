import { useQuery } from '@tanstack/react-query';
import { Button, DatePicker, Modal, Select } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { assignDepartment, loadMemberDepartments } from '../../api/fleets.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { formatDate, formatDateTime, wallClockInstant } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { Card } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { useUnits } from '../reports/words.tsx';

/** Of which department this member is, from when until when: reports and statements follow it. */
export function MemberDepartment({ memberId, name, departmentId }: { memberId: string; name: string; departmentId: string | null }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { departmentName } = useUnits();
  const [mayWrite, maySeeUnits] = [useMay('members:write'), useMay('organisation:read')];
  const [assigning, setAssigning] = useState(false);
  const { data: times, error, refetch } = useQuery({ queryKey: ['members', memberId, 'departments'], queryFn: () => loadMemberDepartments(memberId) });
  const nameOf = (id: string | null): string => (id === null ? t('report.none.department') : departmentName(id));
  return (
    <Card span={6} title={t('memdept.title')} extra={mayWrite && maySeeUnits && <Button size="small" onClick={() => setAssigning(true)}>{t('memdept.assign')}</Button>}>
      {error ? <ProblemView error={error} onRetry={() => void refetch()} /> : times && (times.length === 0 ? <p>{nameOf(departmentId)}</p> : (
        <ul className="timeline" aria-label={t('memdept.title')}>{times.map((time, index) => (
          <li key={index} className={time.validTo === null ? 'good' : ''}><div className="cell-main">{nameOf(time.departmentId)}</div><div className="when">{time.validFrom === null ? t('vehicle.always') : formatDateTime(time.validFrom, timeZone)} – {time.validTo === null ? t('vehicle.now') : formatDateTime(time.validTo, timeZone)}</div></li>
        ))}</ul>
      ))}
      <p className="muted" style={{ marginTop: 12 }}>{t('memdept.text')}</p>
      {assigning && <Assign memberId={memberId} name={name} departmentId={departmentId} onClose={() => setAssigning(false)} />}
    </Card>
  );
}

/** From a moment on, on the operator's clock. */
function Assign({ memberId, name, departmentId, onClose }: { memberId: string; name: string; departmentId: string | null; onClose: () => void }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { departments } = useUnits();
  const [chosen, setChosen] = useState<string | null>(departmentId);
  const [from, setFrom] = useState(() => `${formatDate(Date.now(), timeZone)} 00:00`);
  const { act, busy, problem } = useAct({ run: assignDepartment, done: () => t('memdept.assigned', { name }), stale: ['members'] });
  const assign = () => void act({ memberId, departmentId: chosen, validFrom: wallClockInstant(from, timeZone).toISOString() }).then((done) => { if (done) onClose(); });
  return (
    <Modal open title={t('memdept.assign.title', { name })} onCancel={onClose} onOk={assign} okText={t('memdept.assign')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: chosen === departmentId }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <p className="muted">{t('memdept.assign.text')}</p>
        <div><label htmlFor="member-department">{t('report.by.department')}</label><Select<string | null> id="member-department" allowClear showSearch={{ optionFilterProp: 'label' }} style={{ width: '100%' }} value={chosen} onChange={(next) => setChosen(next ?? null)} options={departments.map((each) => ({ value: each.departmentId, label: each.name }))} placeholder={t('report.none.department')} /></div>
        <div><span>{t('vehicle.from')}</span><DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" allowClear={false} value={dayjs(from)} maxDate={dayjs(formatDateTime(Date.now(), timeZone))} style={{ width: '100%' }} aria-label={t('vehicle.from')} onChange={(at) => { if (at) setFrom((at as dayjs.Dayjs).format('YYYY-MM-DD HH:mm')); }} /> <span className="muted">{timeZone}</span></div>
      </div>
    </Modal>
  );
}
