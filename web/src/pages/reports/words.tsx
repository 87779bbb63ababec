import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { Dimension, ReportExport, ReportRow, ReportState } from '../../api/reports.ts';
import { loadDepartments, loadFleets } from '../../api/fleets.ts';
import { useMay } from '../../app/account.tsx';
import { translateCode, useTranslate, type Translate } from '../../i18n/index.ts';
import { State, type Tone } from '../../ui/state.tsx';

const TONES: Readonly<Record<ReportState, Tone>> = { running: 'live', open: 'neutral', published: 'good' };
const EXPORT_TONES: Readonly<Record<ReportExport['state'], Tone>> = { waiting: 'neutral', running: 'live', done: 'good', failed: 'bad' };

export function ReportStateWord({ state }: { state: ReportState }) {
  const t = useTranslate();
  return <State tone={TONES[state]} title={t(`report.state.${state}.why`)}>{t(`report.state.${state}`)}</State>;
}

export function ExportStateWord({ state }: { state: ReportExport['state'] }) {
  const t = useTranslate();
  return <State tone={EXPORT_TONES[state]}>{t(`export.state.${state}`)}</State>;
}

/** A row of a report by its name: what belongs to nothing says so, and what may not be named shows its id. */
export function rowName(t: Translate, dimension: Dimension, { key, name }: Pick<ReportRow, 'key' | 'name'>): string {
  if (dimension === 'start_mode') return translateCode(t, 'mode', key);
  if (key === null) return t(`report.none.${dimension}`);
  return name ?? key;
}

/** Fleets and departments by name, for whoever may see them. */
export function useUnits() {
  const may = useMay('organisation:read');
  const { data: fleets = [] } = useQuery({ queryKey: ['fleets'], queryFn: loadFleets, enabled: may, staleTime: 60_000 });
  const { data: departments = [] } = useQuery({ queryKey: ['departments'], queryFn: loadDepartments, enabled: may, staleTime: 60_000 });
  const fleetName = useCallback((id: string) => fleets.find((each) => each.fleetId === id)?.name ?? id, [fleets]);
  const departmentName = useCallback((id: string) => departments.find((each) => each.departmentId === id)?.name ?? id, [departments]);
  return { fleets, departments, fleetName, departmentName };
}
