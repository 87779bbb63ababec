import { Button, DatePicker, Dropdown, Input, Modal, Select } from 'antd';
import dayjs from 'dayjs';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useTranslate } from '../i18n/index.ts';
import { SavedViews } from './saved-views.tsx';

export type FilterOption = { readonly value: string; readonly label: string };
export type FilterSpec =
  | { readonly key: string; readonly label: string; readonly kind: 'choice'; readonly options: readonly FilterOption[] }
  | { readonly key: string; readonly label: string; readonly kind: 'day' }
  | { readonly key: string; readonly label: string; readonly kind: 'text' };

const SEARCH_DELAY_MS = 250;

/** The filters of a list live in the address bar: a view can be sent to a colleague, and the back button undoes a filter. */
export function useFilters(specs: readonly FilterSpec[]): Readonly<Record<string, string>> {
  const [params] = useSearchParams();
  const text = params.toString();
  return useMemo(() => {
    const values: Record<string, string> = {};
    const found = new URLSearchParams(text);
    for (const key of ['q', ...specs.map((spec) => spec.key)]) {
      const value = found.get(key);
      if (value) values[key] = value;
    }
    return values;
  }, [text, specs]);
}

type Props = { specs: readonly FilterSpec[]; searchLabel?: string | undefined };

/** Search field, one chip per filter in force, and a menu to add another. */
export function FilterBar({ specs, searchLabel }: Props) {
  const t = useTranslate();
  const [params, setParams] = useSearchParams();
  const [adding, setAdding] = useState<FilterSpec | null>(null);
  const set = (key: string, value: string | null) => setParams((now) => { const next = new URLSearchParams(now); if (value) next.set(key, value); else next.delete(key); return next; });
  const inForce = specs.filter((spec) => params.get(spec.key));
  return (
    <div className="filters">
      {searchLabel && <SearchField label={searchLabel} width={specs.length === 0 ? 340 : 280} value={params.get('q') ?? ''} onChange={(value) => set('q', value)} />}
      {inForce.map((spec) => (
        <span className="chip" key={spec.key}>
          {spec.label} <button type="button" style={{ width: 'auto' }} onClick={() => setAdding(spec)}><strong>{labelOf(spec, params.get(spec.key) ?? '')}</strong></button>
          <button type="button" aria-label={t('list.removeFilter', { name: spec.label })} onClick={() => set(spec.key, null)}>×</button>
        </span>
      ))}
      {specs.length > inForce.length && (
        <Dropdown trigger={['click']} menu={{ items: specs.filter((spec) => !params.get(spec.key)).map((spec) => ({ key: spec.key, label: spec.label })), onClick: ({ key }) => setAdding(specs.find((spec) => spec.key === key) ?? null) }}>
          <Button>+ {t('list.filter')}</Button>
        </Dropdown>
      )}
      {inForce.length > 0 && <Button type="text" onClick={() => setParams({})}>{t('action.clearFilters')}</Button>}
      {specs.length > 0 && <SavedViews />}
      {adding && <FilterDialog spec={adding} value={params.get(adding.key)} onClose={() => setAdding(null)} onSet={(value) => { set(adding.key, value); setAdding(null); }} />}
    </div>
  );
}

const labelOf = (spec: FilterSpec, value: string): string => spec.kind === 'choice' ? spec.options.find((option) => option.value === value)?.label ?? value : value;

function SearchField({ label, width, value, onChange }: { label: string; width: number; value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);
  // Only a value from elsewhere (the back button, a saved view) replaces what is being typed; one's own comes back late.
  useEffect(() => { if (value !== sent.current) { clearTimeout(timer.current); sent.current = value; setText(value); } }, [value]);
  return (
    <Input allowClear value={text} placeholder={label} aria-label={label} style={{ width, maxWidth: '100%' }} onChange={(event) => {
      const next = event.target.value;
      setText(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => { sent.current = next.trim(); onChange(sent.current); }, SEARCH_DELAY_MS);
    }} />
  );
}

function FilterDialog({ spec, value, onClose, onSet }: { spec: FilterSpec; value: string | null; onClose: () => void; onSet: (value: string | null) => void }) {
  const t = useTranslate();
  const [chosen, setChosen] = useState(value ?? '');
  return (
    <Modal open title={spec.label} onCancel={onClose} onOk={() => onSet(chosen || null)} okText={t('list.filter')} cancelText={t('action.cancel')} width={380} destroyOnHidden>
      {spec.kind === 'choice' && <Select defaultOpen autoFocus showSearch={{ optionFilterProp: 'label' }} value={chosen || null} options={[...spec.options]} onChange={(next: string) => onSet(next)} style={{ width: '100%' }} aria-label={spec.label} />}
      {spec.kind === 'day' && <DatePicker value={chosen ? dayjs(chosen) : null} onChange={(day) => setChosen(day?.format('YYYY-MM-DD') ?? '')} style={{ width: '100%' }} aria-label={spec.label} />}
      {spec.kind === 'text' && <Input autoFocus value={chosen} onChange={(event) => setChosen(event.target.value)} onPressEnter={() => onSet(chosen || null)} aria-label={spec.label} />}
    </Modal>
  );
}
