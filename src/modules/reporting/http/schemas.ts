import { Type, type Static, type TSchema } from 'typebox';
import { decodeId, type StationId } from '../../../kernel/index.ts';
import { IdJson, idToJson, InstantJson, instantToJson, IntegerJson, NullOr, orNull, scopeOf, type Call, type Principal } from '../../../platform/http/index.ts';
import { START_MODES } from '../../charging/index.ts';
import { DIMENSIONS, type Dimension } from '../domain/dimension.ts';
import { AMOUNTS, COUNTS, figuresToJson, type Figures } from '../domain/measures.ts';
import { PERIOD, periodName } from '../domain/period.ts';
import type { Keyed } from '../domain/canonical.ts';
import { keyToJson, namesOf } from '../queries/names.ts';
import type { Narrowing } from '../queries/read-report.ts';
import type { Publication } from '../store/publications.ts';
import type { Tx } from '../../../platform/database/index.ts';

export const PeriodJson = Type.String({ pattern: PERIOD.source, examples: ['2026-03', '2026-03-31'], description: 'A month or a day.' });
export const DayJson = Type.String({ format: 'date' });
const record = <T extends TSchema>(names: readonly string[], schema: T): Record<string, T> => Object.fromEntries(names.map((name) => [name, schema]));
export const FiguresJson = Type.Object({ ...record(COUNTS, Type.Integer()), ...record(AMOUNTS, IntegerJson) }, {
  title: 'ReportFigures', description: 'Net of what was taken back. Bills settled, held, settled without energy and settled before review; energy in watt-hours, money in minor units, by tariff period; what held bills propose.',
});
export const figuresJson = (figures: Figures): Static<typeof FiguresJson> => {
  const json: Record<string, string | number> = { ...figuresToJson(figures) };
  for (const count of COUNTS) json[count] = Number(figures[count]);
  return json as Static<typeof FiguresJson>;
};
export const AbnormalBillsJson = Type.Enum(['hold', 'settle_first'], { title: 'AbnormalBillsPolicy', description: 'hold: a bill in doubt charges nothing until reviewed. settle_first: it charges what its registers prove, and is corrected later.' });
export const PublicationJson = Type.Object({
  publicationId: IdJson('pub'), period: PeriodJson, kind: Type.Enum(['day', 'month'], { title: 'ReportPeriodKind' }), firstOn: DayJson, lastOn: DayJson, abnormalBills: AbnormalBillsJson, movements: Type.Integer(),
  sha256: Type.String({ description: 'Of every published figure.' }), publishedBy: Type.String(), approvedBy: NullOr(Type.String()), publishedAt: InstantJson,
}, { title: 'ReportPublication' });
export const publicationJson = (p: Publication, nameOf: (id: string) => string): Static<typeof PublicationJson> => ({
  publicationId: idToJson('pub', p.publicationId), period: periodName(p), kind: p.kind, firstOn: p.firstOn, lastOn: p.lastOn, abnormalBills: p.abnormalBills, movements: Number(p.movements), sha256: p.sha256,
  publishedBy: nameOf(p.publishedBy), approvedBy: orNull(p.approvedBy, nameOf), publishedAt: instantToJson(p.publishedAt),
});
export const ReportStateJson = Type.Enum(['running', 'open', 'published'], { title: 'ReportState' });

export const narrowingQuery = {
  stationId: Type.Optional(IdJson('sta')), subOperatorId: Type.Optional(IdJson('sub')), departmentId: Type.Optional(IdJson('dept')), fleetId: Type.Optional(IdJson('flt')), vehicleId: Type.Optional(IdJson('veh')),
  startMode: Type.Optional(Type.Enum([...START_MODES])),
};
export type NarrowingQuery = { stationId?: string; subOperatorId?: string; departmentId?: string; fleetId?: string; vehicleId?: string; startMode?: string };
/** An id that cannot exist narrows to nothing. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
export function narrowingOf(query: NarrowingQuery, subOperators: Call<unknown, unknown, unknown>['subOperators']): Narrowing {
  const id = (prefix: Parameters<typeof decodeId>[0], text: string | undefined): string | undefined => (text === undefined ? undefined : decodeId(prefix, text) ?? NOBODY);
  return {
    stationId: id('sta', query.stationId) as StationId | undefined, subOperatorId: id('sub', query.subOperatorId), departmentId: id('dept', query.departmentId), fleetId: id('flt', query.fleetId), vehicleId: id('veh', query.vehicleId),
    startMode: query.startMode, subOperators,
  };
}

export const GroupByJson = Type.Enum([...DIMENSIONS], { title: 'ReportDimension' });
export const KeyedJson = Type.Object({ key: NullOr(Type.String({ description: 'An id, a day or a start mode; null for what has none.' })), name: NullOr(Type.String()), figures: FiguresJson }, { title: 'ReportRow' });
/** Rows with their names; plates only for those who may see members. */
export async function keyedJson(tx: Tx, rows: readonly Keyed[], of: { readonly dimension: Dimension; readonly principal: Principal; readonly clock: Parameters<typeof namesOf>[2]['clock'] }): Promise<Static<typeof KeyedJson>[]> {
  const names = await namesOf(tx, of.dimension, { keys: rows.map(({ key }) => key), plates: scopeOf(of.principal, 'members:read') === 'operator', clock: of.clock });
  return rows.map(({ key, figures }) => ({ key: keyToJson(of.dimension, key), name: names.get(key) ?? null, figures: figuresJson(figures) }));
}
