import { Checkbox, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { createDepartment, createFleet } from '../../api/fleets.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useUnits } from '../reports/words.tsx';

const NAME_LENGTH_MAX = 200;
type Props = { onClose: () => void };

export function NewFleet({ onClose }: Props) {
  const t = useTranslate();
  const { departments } = useUnits();
  const [name, setName] = useState('');
  const [departmentId, setDepartmentId] = useState<string | null>(null);
  const { act, busy, problem } = useAct({ run: createFleet, done: (fleet) => t('fleet.made', { name: fleet.name }), stale: ['fleets'] });
  return (
    <Modal open title={t('fleet.new')} onCancel={onClose} onOk={() => void act({ name: name.trim(), departmentId }).then((ok) => { if (ok) onClose(); })} okText={t('action.create')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: name.trim() === '' }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <p className="muted">{t('fleet.new.text')}</p>
        <div><label htmlFor="fleet-name">{t('fleet.name')}</label><Input id="fleet-name" maxLength={NAME_LENGTH_MAX} value={name} onChange={(event) => setName(event.target.value)} /></div>
        <div><label htmlFor="fleet-department">{t('report.by.department')}</label><Select<string | null> id="fleet-department" allowClear style={{ width: '100%' }} value={departmentId} onChange={(next) => setDepartmentId(next ?? null)} options={departments.map((each) => ({ value: each.departmentId, label: each.name }))} placeholder={t('report.none.department')} /></div>
      </div>
    </Modal>
  );
}

export function NewDepartment({ onClose }: Props) {
  const t = useTranslate();
  const { departments } = useUnits();
  const [name, setName] = useState('');
  const [parentId, setParentId] = useState<string | null>(null);
  const [paysFromParent, setPaysFromParent] = useState(false);
  const { act, busy, problem } = useAct({ run: createDepartment, done: (department) => t('department.made', { name: department.name }), stale: ['departments'] });
  const create = () => void act({ name: name.trim(), parentId, paysFromParent: parentId !== null && paysFromParent }).then((ok) => { if (ok) onClose(); });
  return (
    <Modal open title={t('department.new')} onCancel={onClose} onOk={create} okText={t('action.create')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: name.trim() === '' }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <div><label htmlFor="department-name">{t('department.name')}</label><Input id="department-name" maxLength={NAME_LENGTH_MAX} value={name} onChange={(event) => setName(event.target.value)} /></div>
        <div><label htmlFor="department-parent">{t('department.parent')}</label><Select<string | null> id="department-parent" allowClear style={{ width: '100%' }} value={parentId} onChange={(next) => setParentId(next ?? null)} options={departments.map((each) => ({ value: each.departmentId, label: each.name }))} placeholder={t('department.top')} /></div>
        <Checkbox checked={paysFromParent} disabled={parentId === null} onChange={(event) => setPaysFromParent(event.target.checked)}>{t('department.pays.parent')}</Checkbox>
      </div>
    </Modal>
  );
}
