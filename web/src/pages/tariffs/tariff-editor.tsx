import { Checkbox, Form, Input, InputNumber, Modal } from 'antd';
import { useState } from 'react';
import { createTariff, type NewTariff, type Tariff } from '../../api/tariffs.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { DayEditor } from './day-editor.tsx';
import { flatDay, normalPrice, startOf, type DraftDay } from './day-model.ts';

const draftOf = (tariff: Tariff | null): DraftDay => tariff === null
  ? flatDay('0.8000', '0.4000')
  : tariff.periods.map(({ endMinute, kind, electricity, service }) => ({ endMinute, kind, electricity, service }));

/** Writes a tariff or its next version; what is in force does not change by it. */
export function TariffEditor({ from, onClose }: { from: Tariff | null; onClose: () => void }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const [name, setName] = useState(from?.name ?? '');
  const [day, setDay] = useState<DraftDay>(() => draftOf(from));
  const [occupancy, setOccupancy] = useState(from?.occupancy ?? null);
  const { act, busy, problem } = useAct({ run: createTariff, done: (created, input: NewTariff) => t('tariff.created', { version: created.version, name: input.name }), stale: ['tariffs'] });
  const priced = day.every((period) => normalPrice(period.electricity) !== null && normalPrice(period.service) !== null) && (occupancy === null || normalPrice(occupancy.ratePerMinute) !== null);

  const save = async () => {
    const periods = day.map((period, index) => ({ startMinute: startOf(day, index), endMinute: period.endMinute, kind: period.kind, electricity: normalPrice(period.electricity) ?? '', service: normalPrice(period.service) ?? '' }));
    const body: NewTariff = { name: name.trim(), currency: (from?.currency ?? currency) as NewTariff['currency'], periods, occupancy, ...(from ? { previousTariffId: from.tariffId } : {}) };
    if (await act(body)) onClose();
  };
  return (
    <Modal open width={920} title={from ? `${from.name} · ${t('tariff.version', { version: from.version + 1 })}` : t('tariff.new')} onCancel={onClose} onOk={() => void save()}
      okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: !priced || name.trim() === '' }} mask={{ closable: false }}>
      <div style={{ display: 'grid', gap: 16 }}>
        <ActProblem problem={problem} />
        <p className="muted">{t('tariff.create.text')}</p>
        <Form layout="vertical"><Form.Item label={t('tariff.name')} htmlFor="tariff-name" style={{ marginBottom: 0, maxWidth: 400 }}>
          <Input id="tariff-name" value={name} maxLength={200} onChange={(event) => setName(event.target.value)} autoFocus={from === null} />
        </Form.Item></Form>
        <DayEditor day={day} currency={from?.currency ?? currency} onChange={setDay} />
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12, alignItems: 'center' }}>
          <Checkbox checked={occupancy !== null} onChange={(event) => setOccupancy(event.target.checked ? { ratePerMinute: '0.1000', graceMinutes: 15 } : null)}>{t('tariff.occupancy.on')}</Checkbox>
          {occupancy && <>
            <InputNumber aria-label={t('tariff.occupancy.grace')} min={0} max={1440} precision={0} value={occupancy.graceMinutes} suffix={t('tariff.occupancy.grace')} style={{ width: 180 }} onChange={(value) => setOccupancy({ ...occupancy, graceMinutes: value ?? 0 })} />
            <Input aria-label={t('tariff.occupancy.rate')} value={occupancy.ratePerMinute} suffix={`${currency} · ${t('tariff.occupancy.rate')}`} style={{ width: 220 }} className="mono" status={normalPrice(occupancy.ratePerMinute) === null ? 'error' : ''} onChange={(event) => setOccupancy({ ...occupancy, ratePerMinute: event.target.value })} />
          </>}
        </div>
      </div>
    </Modal>
  );
}
