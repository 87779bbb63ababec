import { api, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type Nodes = components['schemas']['Nodes'];
export type Node = components['schemas']['Node'];
export type Pressure = components['schemas']['Pressure'];
export type SlowRequest = components['schemas']['SlowRequest'];

const PAGE_ITEMS = 50;

export const loadNodes = (): Promise<Nodes> => unwrap(api.GET('/api/v1/operations/nodes'));
export const loadPressure = async (hours: number): Promise<readonly Pressure[]> =>
  (await unwrap(api.GET('/api/v1/operations/pressure', { params: { query: { from: new Date(Date.now() - hours * 3_600_000).toISOString(), to: new Date().toISOString() } } }))).items;
export const loadSlowRequests = (cursor: string | undefined) => unwrap(api.GET('/api/v1/operations/slow-requests', { params: { query: pageAt(cursor, PAGE_ITEMS) } }));
