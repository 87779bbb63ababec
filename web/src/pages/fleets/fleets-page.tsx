import { Button, Tabs } from 'antd';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useMayEverywhere } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';
import { NewDepartment, NewFleet } from './new-unit.tsx';
import { PasteVehicles } from './paste-vehicles.tsx';
import { RegisterVehicle } from './register-vehicle.tsx';
import { Departments, Fleets } from './units.tsx';
import { Vehicles } from './vehicles.tsx';

const TABS = ['vehicles', 'fleets', 'departments'] as const;
type Dialog = 'vehicle' | 'paste' | 'fleet' | 'department' | null;

/** Vehicles by VIN and plate, the fleets in which they are settled together, and the departments that these are of. */
export function Component() {
  const t = useTranslate();
  const [mayVehicles, mayWriteVehicles, mayUnits] = [useMayEverywhere('members:read'), useMayEverywhere('members:write'), useMayEverywhere('organisation:write')];
  const [params, setParams] = useSearchParams();
  const [dialog, setDialog] = useState<Dialog>(null);
  const tab = TABS.find((each) => each === params.get('tab') && (each !== 'vehicles' || mayVehicles)) ?? (mayVehicles ? 'vehicles' : 'fleets');
  const close = () => setDialog(null);
  const actions = tab === 'vehicles' ? mayWriteVehicles && <><Button onClick={() => setDialog('paste')}>{t('vehicle.paste')}</Button><Button type="primary" onClick={() => setDialog('vehicle')}>{t('vehicle.new')}</Button></>
    : mayUnits && <Button type="primary" onClick={() => setDialog(tab === 'fleets' ? 'fleet' : 'department')}>{t(tab === 'fleets' ? 'fleet.new' : 'department.new')}</Button>;
  return (
    <Page title={t('fleet.title')} sub={t('fleet.sub')} actions={actions}>
      <Tabs activeKey={tab} onChange={(key) => setParams(key === 'vehicles' ? {} : { tab: key })} destroyOnHidden items={[
        ...(mayVehicles ? [{ key: 'vehicles', label: t('vehicle.title'), children: <Vehicles /> }] : []),
        { key: 'fleets', label: t('fleet.tab'), children: <Fleets /> }, { key: 'departments', label: t('department.title'), children: <Departments /> },
      ]} />
      {dialog === 'vehicle' && <RegisterVehicle onClose={close} />}
      {dialog === 'paste' && <PasteVehicles onClose={close} />}
      {dialog === 'fleet' && <NewFleet onClose={close} />}
      {dialog === 'department' && <NewDepartment onClose={close} />}
    </Page>
  );
}
