import { Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { registerVehicle } from '../../api/fleets.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useUnits } from '../reports/words.tsx';

const LENGTH_MAX = 50;

export function RegisterVehicle({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const { fleets } = useUnits();
  const [vin, setVin] = useState('');
  const [plate, setPlate] = useState('');
  const [fleetId, setFleetId] = useState<string | null>(null);
  const { act, busy, problem } = useAct({ run: registerVehicle, done: (vehicle) => t('vehicle.registered', { name: vehicle.plate ?? vehicle.vin ?? '' }), stale: ['vehicles'] });
  const register = () => void act({ vin: vin.trim() || null, plate: plate.trim() || null, fleetId }).then((ok) => { if (ok) onClose(); });
  return (
    <Modal open title={t('vehicle.new')} onCancel={onClose} onOk={register} okText={t('vehicle.register')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: vin.trim() === '' && plate.trim() === '' }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <p className="muted">{t('vehicle.new.text')}</p>
        <div><label htmlFor="vehicle-plate">{t('vehicle.plate')}</label><Input id="vehicle-plate" maxLength={LENGTH_MAX} value={plate} onChange={(event) => setPlate(event.target.value)} /></div>
        <div><label htmlFor="vehicle-vin">VIN</label><Input id="vehicle-vin" maxLength={LENGTH_MAX} value={vin} onChange={(event) => setVin(event.target.value)} /></div>
        <div><label htmlFor="vehicle-fleet">{t('report.by.fleet')}</label><Select<string | null> id="vehicle-fleet" allowClear style={{ width: '100%' }} value={fleetId} onChange={(next) => setFleetId(next ?? null)} options={fleets.map((each) => ({ value: each.fleetId, label: each.name }))} placeholder={t('report.none.fleet')} /></div>
      </div>
    </Modal>
  );
}
