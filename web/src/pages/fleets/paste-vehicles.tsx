import { useQueryClient } from '@tanstack/react-query';
import { Input, Modal, Progress } from 'antd';
import { useMemo, useRef, useState } from 'react';
import { newIdempotencyKey } from '../../api/client.ts';
import { registerVehicle } from '../../api/fleets.ts';
import { toProblem } from '../../api/problem.ts';
import { formatCount } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { problemSentence } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { useUnits } from '../reports/words.tsx';
import { PASTED_ROWS_MAX, readPastedRows, type PastedRow } from './paste-rows.ts';

type Outcome = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Many vehicles at once: what was understood is shown before anything is registered, and each row says what became of it. */
export function PasteVehicles({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const queries = useQueryClient();
  const { fleets, fleetName } = useUnits();
  const [text, setText] = useState('');
  const [outcomes, setOutcomes] = useState<ReadonlyMap<number, Outcome>>(new Map());
  const [running, setRunning] = useState(false);
  const stopped = useRef(false);
  const keys = useRef(new Map<string, string>());
  const rows = useMemo(() => readPastedRows(text, fleets), [text, fleets]);
  const wrong = rows.filter((row) => row.unknownFleet !== null).length;
  const left = rows.filter((row) => !outcomes.get(row.line)?.ok);
  const one = async (row: PastedRow): Promise<Outcome> => {
    const body = { vin: row.vin, plate: row.plate, fleetId: row.fleetId }, intent = JSON.stringify(body);
    const key = keys.current.get(intent) ?? newIdempotencyKey();
    keys.current.set(intent, key);
    return registerVehicle(body, key).then((): Outcome => ({ ok: true }), (thrown: unknown): Outcome => { keys.current.delete(intent); return { ok: false, why: problemSentence(t, toProblem(thrown)) }; });
  };
  const run = async () => {
    setRunning(true);
    stopped.current = false;
    for (const row of left) {
      if (stopped.current) break;
      const outcome = await one(row);
      setOutcomes((now) => new Map(now).set(row.line, outcome));
    }
    setRunning(false);
    void queries.invalidateQueries({ queryKey: ['vehicles'] });
  };
  const done = rows.filter((row) => outcomes.get(row.line)?.ok).length;
  const finished = rows.length > 0 && done === rows.length;
  const leave = () => { stopped.current = true; onClose(); };
  return (
    <Modal open title={t('vehicle.paste')} width={760} onCancel={leave} onOk={() => { if (finished) leave(); else void run(); }} okText={finished ? t('action.close') : t('vehicle.paste.do', { count: formatCount(left.length) })} cancelText={t('action.cancel')} confirmLoading={running} okButtonProps={{ disabled: rows.length === 0 || wrong > 0 }}>
      <div style={{ display: 'grid', gap: 12 }}>
        <p className="muted">{t('vehicle.paste.text', { max: formatCount(PASTED_ROWS_MAX) })}</p>
        <Input.TextArea aria-label={t('vehicle.paste.rows')} rows={5} disabled={running} placeholder={'LGXCE6CD0MA123456\t粤B·D12345\tNight fleet'} value={text} onChange={(event) => { setText(event.target.value); setOutcomes(new Map()); }} />
        {wrong > 0 && <State tone="bad">{t('vehicle.paste.unknownFleet', { count: formatCount(wrong) })}</State>}
        {outcomes.size > 0 && <Progress percent={Math.round((done / rows.length) * 100)} aria-label={t('vehicle.paste')} />}
        {rows.length > 0 && <div className="tall-list"><DataTable label={t('vehicle.paste.rows')} rows={rows} rowKey={(row) => String(row.line)} empty={null} columns={[
          { key: 'line', title: t('vehicle.paste.line'), numeric: true, wideOnly: true, render: (row) => row.line },
          { key: 'plate', title: t('vehicle.plate'), render: (row) => row.plate ?? <span className="muted">–</span> },
          { key: 'vin', title: 'VIN', render: (row) => row.vin ? <span className="mono">{row.vin}</span> : <span className="muted">–</span> },
          { key: 'fleet', title: t('report.by.fleet'), wideOnly: true, render: (row) => row.unknownFleet !== null ? <State tone="bad">{row.unknownFleet}</State> : row.fleetId === null ? <span className="muted">{t('report.none.fleet')}</span> : fleetName(row.fleetId) },
          { key: 'outcome', title: t('pay.state'), under: true, render: (row) => <OutcomeWord outcome={outcomes.get(row.line)} /> },
        ]} /></div>}
      </div>
    </Modal>
  );
}

function OutcomeWord({ outcome }: { outcome: Outcome | undefined }) {
  const t = useTranslate();
  if (!outcome) return <span className="muted">{t('vehicle.paste.waiting')}</span>;
  return outcome.ok ? <State tone="good">{t('vehicle.paste.done')}</State> : <State tone="bad" title={outcome.why}>{outcome.why}</State>;
}
