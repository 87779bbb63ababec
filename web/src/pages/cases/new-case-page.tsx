import { useQuery } from '@tanstack/react-query';
import { App, Button, DatePicker, Input, InputNumber, Segmented, Select } from 'antd';
import dayjs from 'dayjs';
import { useDeferredValue, useState, type ReactNode } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { NETWORK_STATES, openCase, PASTED_LENGTH_MAX, resolvePasted, TEXT_LENGTH_MAX, TITLE_LENGTH_MAX, type NetworkState } from '../../api/cases.ts';
import { FLAG_CAUSES, type FlagCause } from '../../api/charging.ts';
import { loadChargePoints } from '../../api/locations.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { wallClockInstant } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { State } from '../../ui/state.tsx';
import { useStationNames } from '../repair/station-names.ts';
import { pathOf } from './words.tsx';
import './cases.css';

const CONNECTOR_MAX = 1_000, TIME = 'YYYY-MM-DD HH:mm';
type Form = { title: string; stationId: string | null; chargePointId: string | null; connector: number | null; from: string | null; to: string | null; network: NetworkState; cause: FlagCause | null; finding: string; pasted: string };

/** The form of a case; what an abnormal bill or a session already tells comes in the address. */
export function Component() {
  const t = useTranslate();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const { timeZone } = useLoggedIn();
  const [params] = useSearchParams();
  const [form, setForm] = useState<Form>(() => ({
    title: params.get('title') ?? '', stationId: params.get('stationId'), chargePointId: params.get('chargePointId'), connector: Number(params.get('connector')) || null, from: null, to: null, network: 'unknown',
    cause: FLAG_CAUSES.find((each) => each === params.get('cause')) ?? null, finding: '', pasted: params.get('pasted') ?? '',
  }));
  const set = (change: Partial<Form>) => setForm((now) => ({ ...now, ...change }));
  const { act, busy, problem } = useAct({
    run: openCase, stale: ['support-cases'],
    done: ({ case: { caseId, number }, unknown }) => {
      void navigate(pathOf(caseId));
      if (unknown.length === 0) return t('case.opened.done', { number });
      void message.warning(t('case.opened.unknown', { number, unknown: unknown.length }));
      return null;
    },
  });
  const iso = (text: string | null): string | null => text === null ? null : wallClockInstant(text, timeZone).toISOString();
  const submit = () => void act({
    title: form.title.trim(), stationId: form.stationId, chargePointId: form.chargePointId, connector: form.connector, periodFrom: iso(form.from), periodTo: iso(form.to), networkState: form.network, cause: form.cause, firstFinding: form.finding.trim(), ownerId: null, pasted: form.pasted,
  });
  return (
    <Page title={t('case.new')} crumbs={[{ to: '/support-cases', label: t('case.title') }]}>
      <div className="grid">
        <Card span={7} title={t('case.about')}><About form={form} set={set} /></Card>
        <Card span={5} title={t('case.bills')}><Pasted text={form.pasted} onChange={(pasted) => set({ pasted })} /></Card>
      </div>
      <div style={{ display: 'grid', gap: 12, justifyItems: 'start' }}>
        <ActProblem problem={problem} />
        <Button type="primary" loading={busy} disabled={form.title.trim() === ''} onClick={submit}>{t('case.open')}</Button>
      </div>
    </Page>
  );
}

function About({ form, set }: { form: Form; set: (change: Partial<Form>) => void }) {
  const t = useTranslate();
  const stations = useStationNames();
  const mayPoints = useMay('locations:read');
  const [typed, setTyped] = useState('');
  const sought = useDeferredValue(typed);
  const { data: points } = useQuery({
    queryKey: ['charge-points', 'choice', form.stationId, sought], enabled: mayPoints, placeholderData: (before) => before,
    queryFn: () => loadChargePoints({ ...(form.stationId ? { stationId: form.stationId } : {}), ...(sought ? { q: sought } : {}) }, undefined),
  });
  const day = (text: string | null) => text === null ? null : dayjs(text);
  return (
    <div className="case-form">
      <Field id="case-title" label={t('case.form.title')} wide><Input id="case-title" autoFocus maxLength={TITLE_LENGTH_MAX} value={form.title} onChange={(event) => set({ title: event.target.value })} /></Field>
      <Field id="case-station" label={t('case.form.station')}><Select<string | null> id="case-station" allowClear showSearch={{ optionFilterProp: 'label' }} value={form.stationId} onChange={(stationId) => set({ stationId: stationId ?? null, chargePointId: null })} options={[...stations].map(([value, label]) => ({ value, label }))} /></Field>
      <Field id="case-point" label={t('case.form.point')}><Select<string | null> id="case-point" allowClear showSearch={{ filterOption: false, onSearch: setTyped }} value={form.chargePointId} onChange={(chargePointId) => set({ chargePointId: chargePointId ?? null })} options={(points?.items ?? []).map(({ chargePointId, identity }) => ({ value: chargePointId, label: identity }))} /></Field>
      <Field id="case-connector" label={t('case.form.connector')}><InputNumber id="case-connector" min={1} max={CONNECTOR_MAX} precision={0} value={form.connector} style={{ width: '100%' }} onChange={(connector) => set({ connector })} /></Field>
      <Field id="case-cause" label={t('case.form.cause')}><Select<FlagCause | null> id="case-cause" allowClear showSearch={{ optionFilterProp: 'label' }} value={form.cause} onChange={(cause) => set({ cause: cause ?? null })} options={FLAG_CAUSES.map((value) => ({ value, label: translateCode(t, 'flag', value) }))} /></Field>
      <Field id="case-from" label={t('case.form.from')}><DatePicker id="case-from" showTime={{ format: 'HH:mm' }} format={TIME} value={day(form.from)} style={{ width: '100%' }} onChange={(at) => set({ from: at?.format(TIME) ?? null })} /></Field>
      <Field id="case-to" label={t('case.form.to')}><DatePicker id="case-to" showTime={{ format: 'HH:mm' }} format={TIME} value={day(form.to)} style={{ width: '100%' }} onChange={(at) => set({ to: at?.format(TIME) ?? null })} /></Field>
      <div className="wide"><div>{t('case.form.network')}</div><Segmented<NetworkState> aria-label={t('case.form.network')} value={form.network} onChange={(network) => set({ network })} options={NETWORK_STATES.map((value) => ({ value, label: t(`case.network.${value}`) }))} /></div>
      <Field id="case-finding" label={t('case.form.finding')} hint={t('case.form.finding.hint')} wide><Input.TextArea id="case-finding" rows={4} maxLength={TEXT_LENGTH_MAX} value={form.finding} onChange={(event) => set({ finding: event.target.value })} /></Field>
    </div>
  );
}

function Field({ id, label, hint, wide = false, children }: { id: string; label: string; hint?: string; wide?: boolean; children: ReactNode }) {
  return <div className={wide ? 'wide' : undefined}><label htmlFor={id}>{label}</label>{children}{hint && <div className="muted">{hint}</div>}</div>;
}

/** What the numbers stand for is shown while they are pasted; those that nobody knows are named. */
function Pasted({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const t = useTranslate();
  const sought = useDeferredValue(text.trim());
  const { data, error } = useQuery({ queryKey: ['support-cases', 'pasted', sought], queryFn: () => resolvePasted(sought), enabled: sought !== '', placeholderData: (before) => before });
  const shown = sought === '' ? null : data;
  return (
    <div style={{ display: 'grid', gap: 12 }}>
      <Field id="case-pasted" label={t('case.form.pasted')} hint={t('case.form.pasted.hint')}><Input.TextArea id="case-pasted" rows={6} maxLength={PASTED_LENGTH_MAX} value={text} onChange={(event) => onChange(event.target.value)} className="mono" /></Field>
      {error && <State tone="bad">{t('problem.title')}</State>}
      {shown && (
        <div role="status" style={{ display: 'grid', gap: 8 }}>
          <span className="states">{shown.found.length > 0 && <State tone="good">{t('case.form.found', { found: shown.found.length })}</State>}{shown.unknown.length > 0 && <State tone="warn">{t('case.form.unknown', { unknown: shown.unknown.length })}</State>}</span>
          <ul className="case-found">{shown.found.map(({ number, kind, label }) => <li key={number}><span className="muted">{t(`case.kind.${kind}`)}</span> <span className="cell-main">{label}</span>{label.includes(number) ? null : <code className="mono">{number}</code>}</li>)}</ul>
          {shown.unknown.length > 0 && <div><p className="muted">{t('case.form.unknown.list')}</p><ul className="case-found">{shown.unknown.map((number) => <li key={number}><code className="mono">{number}</code></li>)}</ul></div>}
        </div>
      )}
    </div>
  );
}
