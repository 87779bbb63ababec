import { api, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type Overview = components['schemas']['ChargingOverview'];
export type HourSums = Overview['hours'][number];

export const loadOverview = (): Promise<Overview> => unwrap(api.GET('/api/v1/overview'));
