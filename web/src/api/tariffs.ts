import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components, paths } from './contract.ts';

export type Tariff = components['schemas']['Tariff'];
export type TariffPeriod = components['schemas']['TariffPeriod'];
export type TariffAssignment = components['schemas']['TariffAssignment'];
export type NewTariff = NonNullable<paths['/api/v1/tariffs']['post']['requestBody']>['content']['application/json'];
export type NewAssignment = { readonly tariffId: string; readonly stationId: string; readonly validFrom: string };

export const loadTariffs = (cursor: string | undefined) => unwrap(api.GET('/api/v1/tariffs', { params: { query: pageAt(cursor) } }));
export const loadTariff = (tariffId: string) => unwrap(api.GET('/api/v1/tariffs/{tariffId}', { params: { path: { tariffId } } }));
export const loadTariffDay = (stationId: string, date: string) => unwrap(api.GET('/api/v1/stations/{stationId}/tariff-day', { params: { path: { stationId }, query: { date } } }));

export const createTariff = (body: NewTariff, idempotencyKey: string) => unwrap(api.POST('/api/v1/tariffs', { params: keyed(idempotencyKey), body }));
export const assignTariff = ({ tariffId, ...body }: NewAssignment, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/tariffs/{tariffId}/assignments', { params: { ...keyed(idempotencyKey), path: { tariffId } }, body }));
