import { useQuery } from '@tanstack/react-query';
import { DatePicker, Form, Modal, Radio, Select } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { loadStations } from '../../api/locations.ts';
import { assignTariff, type NewAssignment, type Tariff } from '../../api/tariffs.ts';
import { formatDateTime, wallClockInstant } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';

/** Time for the request to arrive: the server takes no beginning that lies in the past. */
const AT_ONCE_MS = 5_000;

export function AssignTariff({ tariff, onClose }: { tariff: Tariff; onClose: () => void }) {
  const t = useTranslate();
  const [text, setText] = useState('');
  const { data: found } = useQuery({ queryKey: ['stations', 'pick', text], queryFn: () => loadStations(text || undefined, undefined) });
  const [stationId, setStationId] = useState<string | null>(null);
  const [atOnce, setAtOnce] = useState(false);
  const [wallClock, setWallClock] = useState(() => dayjs().add(1, 'day').format('YYYY-MM-DD 00:00'));
  const station = found?.items.find((each) => each.stationId === stationId);
  const { act, busy, problem } = useAct({
    run: assignTariff, stale: ['tariffs', 'stations'],
    done: (assigned) => t('tariff.assigned', { name: tariff.name, from: formatDateTime(assigned.validFrom, station?.timeZone) }),
  });
  const save = async () => {
    if (!stationId) return;
    const validFrom = atOnce ? new Date(Date.now() + AT_ONCE_MS) : wallClockInstant(wallClock, station?.timeZone ?? 'UTC');
    if (await act({ tariffId: tariff.tariffId, stationId, validFrom: validFrom.toISOString() } satisfies NewAssignment)) onClose();
  };
  return (
    <Modal open title={t('tariff.assign.title', { name: `${tariff.name} · ${t('tariff.version', { version: tariff.version })}` })} onCancel={onClose} onOk={() => void save()}
      okText={t('tariff.assign')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: stationId === null }}>
      <ActProblem problem={problem} />
      <p className="muted" style={{ marginBottom: 16 }}>{t('tariff.assign.text')}</p>
      <Form layout="vertical">
        <Form.Item label={t('station.name')} htmlFor="assign-station">
          <Select id="assign-station" showSearch={{ filterOption: false, onSearch: setText }} value={stationId} placeholder={t('station.search')} onChange={(value: string) => setStationId(value)}
            options={found?.items.map((each) => ({ value: each.stationId, label: each.name })) ?? []} />
        </Form.Item>
        <Form.Item label={t('tariff.validFromLabel')}>
          <Radio.Group value={atOnce} onChange={(event) => setAtOnce(event.target.value as boolean)} options={[{ value: false, label: t('tariff.assign.later') }, { value: true, label: t('tariff.assign.now') }]} />
          {!atOnce && <div style={{ marginTop: 8 }}><DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" allowClear={false} value={dayjs(wallClock)} onChange={(day) => setWallClock(dayjs(day as dayjs.Dayjs).format('YYYY-MM-DD HH:mm'))} aria-label={t('tariff.validFromLabel')} /> <span className="muted">{station?.timeZone}</span></div>}
        </Form.Item>
      </Form>
    </Modal>
  );
}
