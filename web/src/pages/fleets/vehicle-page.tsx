import { useQuery } from '@tanstack/react-query';
import { Button, DatePicker, Modal, Select } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { assignFleet, eraseVehicle, loadVehicle, type VehicleDetail } from '../../api/fleets.ts';
import { useLoggedIn, useMay, useMayEverywhere } from '../../app/account.tsx';
import { formatDate, formatDateTime, wallClockInstant } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { useUnits } from '../reports/words.tsx';

/** One vehicle: what it is called, of which fleet from when until when, and what it charged. */
export function Component() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { vehicleId = '' } = useParams();
  const { fleetName } = useUnits();
  const [mayWrite, mayErase, mayReports] = [useMayEverywhere('members:write'), useMayEverywhere('members:erase'), useMay('reports:read')];
  const [dialog, setDialog] = useState<'assign' | 'erase' | null>(null);
  const { data: vehicle, error, refetch } = useQuery({ queryKey: ['vehicles', 'vehicle', vehicleId], queryFn: () => loadVehicle(vehicleId) });
  const erasing = useAct({ run: eraseVehicle, done: () => t('vehicle.erase.done'), stale: ['vehicles'] });
  const crumbs = [{ to: '/fleets', label: t('fleet.title') }];
  if (error) return <ProblemPage title={t('vehicle.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!vehicle) return null;
  const name = vehicle.erased ? t('vehicle.erased') : vehicle.plate ?? vehicle.vin ?? vehicleId;
  const month = formatDate(Date.now(), timeZone).slice(0, 7);
  return (
    <Page title={name} crumbs={crumbs} sub={vehicle.fleetId === null ? t('report.none.fleet') : fleetName(vehicle.fleetId)}
      actions={<>{mayErase && !vehicle.erased && <Button danger onClick={() => setDialog('erase')}>{t('vehicle.erase')}</Button>}{mayWrite && <Button type="primary" onClick={() => setDialog('assign')}>{t('vehicle.assign')}</Button>}</>}>
      <div className="grid">
        <Card span={6} title={t('vehicle.about')}><Facts rows={[
          [t('vehicle.plate'), vehicle.plate ?? t('none')], ['VIN', vehicle.vin ? <span key="vin" className="mono">{vehicle.vin}</span> : t('none')], [t('vehicle.registeredAt'), formatDateTime(vehicle.createdAt, timeZone)],
          mayReports && [t('vehicle.charged'), <Link key="report" to={`/reports/${month}?vehicleId=${vehicleId}&by=day`}>{t('vehicle.charged.month', { month })}</Link>],
        ]} /></Card>
        <Card span={6} title={t('vehicle.fleets')}>
          {vehicle.fleets.length === 0 ? <p className="muted">{t('vehicle.fleets.none')}</p> : <ul className="timeline">{vehicle.fleets.map((time, index) => (
            <li key={index} className={index === 0 ? 'good' : ''}><div className="cell-main">{time.fleetId === null ? t('report.none.fleet') : fleetName(time.fleetId)}</div><div className="when">{time.validFrom === null ? t('vehicle.always') : formatDateTime(time.validFrom, timeZone)} – {time.validTo === null ? t('vehicle.now') : formatDateTime(time.validTo, timeZone)}</div></li>
          ))}</ul>}
        </Card>
      </div>
      {dialog === 'assign' && <AssignFleet vehicle={vehicle} name={name} onClose={() => setDialog(null)} />}
      {dialog === 'erase' && <ReasonDialog title={t('vehicle.erase.title', { name })} text={t('vehicle.erase.text')} confirm={t('vehicle.erase')} danger problem={erasing.problem} busy={erasing.busy} onClose={() => { setDialog(null); erasing.reset(); }} onConfirm={(reason) => void erasing.act({ vehicleId, reason }).then((ok) => { if (ok) setDialog(null); })} />}
    </Page>
  );
}

/** From a moment on, past or to come, on the operator's clock. */
function AssignFleet({ vehicle, name, onClose }: { vehicle: VehicleDetail; name: string; onClose: () => void }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { fleets } = useUnits();
  const [fleetId, setFleetId] = useState<string | null>(vehicle.fleetId);
  const [from, setFrom] = useState(() => `${formatDate(Date.now(), timeZone)} 00:00`);
  const { act, busy, problem } = useAct({ run: assignFleet, done: () => t('vehicle.assigned', { name }), stale: ['vehicles'] });
  const assign = () => void act({ vehicleId: vehicle.vehicleId, fleetId, validFrom: wallClockInstant(from, timeZone).toISOString() }).then((ok) => { if (ok) onClose(); });
  return (
    <Modal open title={t('vehicle.assign.title', { name })} onCancel={onClose} onOk={assign} okText={t('vehicle.assign')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: fleetId === vehicle.fleetId }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <p className="muted">{t('vehicle.assign.text')}</p>
        <div><label htmlFor="assign-fleet">{t('report.by.fleet')}</label><Select<string | null> id="assign-fleet" allowClear style={{ width: '100%' }} value={fleetId} onChange={(next) => setFleetId(next ?? null)} options={fleets.map((each) => ({ value: each.fleetId, label: each.name }))} placeholder={t('report.none.fleet')} /></div>
        <div><span>{t('vehicle.from')}</span><DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" allowClear={false} value={dayjs(from)} style={{ width: '100%' }} aria-label={t('vehicle.from')} onChange={(at) => { if (at) setFrom((at as dayjs.Dayjs).format('YYYY-MM-DD HH:mm')); }} /> <span className="muted">{timeZone}</span></div>
      </div>
    </Modal>
  );
}
