import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type MakeScore = components['schemas']['MakeScore'];
export type MakeDetail = components['schemas']['MakeDetail'];
export type MakeLevel = 'maker' | 'model' | 'firmware';
export type Comparison = components['schemas']['ConformanceComparison'];
export type PartScore = components['schemas']['ConformancePartScore'];
export type Fault = components['schemas']['ConformanceFault'];
export type Example = components['schemas']['ConformanceExample'];
export type Prescription = components['schemas']['Prescription'];
export type EvidencePack = components['schemas']['EvidencePack'];
export type MakeName = { readonly maker: string; readonly model: string | null; readonly firmware: string | null };

export const LEVELS: readonly MakeLevel[] = ['maker', 'model', 'firmware'];
const query = ({ maker, model, firmware }: MakeName) => ({ maker, ...(model === null ? {} : { model }), ...(firmware === null ? {} : { firmware }) });

export const loadMakes = (level: MakeLevel, cursor: string | undefined) => unwrap(api.GET('/api/v1/makes', { params: { query: { level, ...pageAt(cursor) } } }));
export const loadMake = (of: MakeName): Promise<MakeDetail> => unwrap(api.GET('/api/v1/makes/detail', { params: { query: query(of) } }));
export const loadExamples = (of: MakeName, fault: Fault, cursor: string | undefined) => unwrap(api.GET('/api/v1/makes/examples', { params: { query: { ...query(of), fault, ...pageAt(cursor, 10) } } }));
export const loadPrescriptions = async (): Promise<readonly Prescription[]> => (await unwrap(api.GET('/api/v1/makes/prescriptions'))).items;
export type PackBody = MakeName & { readonly from: string; readonly to: string; readonly language: 'zh' | 'en' };
export const requestPack = (body: PackBody, idempotencyKey: string): Promise<EvidencePack> => unwrap(api.POST('/api/v1/evidence-packs', { params: keyed(idempotencyKey), body }));
export const loadPacks = (cursor: string | undefined) => unwrap(api.GET('/api/v1/evidence-packs', { params: { query: pageAt(cursor) } }));
export const packAddress = (packId: string, file: 'document' | 'archive'): string => `/api/v1/evidence-packs/${packId}/${file}`;
