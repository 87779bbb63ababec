import { api, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type SessionRow = components['schemas']['ChargingSession'];
export type SessionPage = components['schemas']['ChargingSessionPage'];
export type SessionDetail = components['schemas']['ChargingSessionDetail'];
export type Bill = components['schemas']['ChargingBill'];
export type BillLine = components['schemas']['BillLine'];
export type Posting = components['schemas']['BillPosting'];
export type Flag = components['schemas']['Flag'];
export type Reading = components['schemas']['RegisterReading'];

export const SESSION_STATES = ['active', 'ended', 'held', 'flagged'] as const;
/** `from` and `to` are days on the operator's wall clock, both included. */
export type SessionFilter = {
  readonly state?: (typeof SESSION_STATES)[number]; readonly stationId?: string; readonly chargePointId?: string; readonly memberId?: string;
  readonly from?: string; readonly to?: string; readonly q?: string;
};
const PAGE_ITEMS = 100;

export const loadSessions = (filter: SessionFilter, cursor: string | undefined): Promise<SessionPage> =>
  unwrap(api.GET('/api/v1/sessions', { params: { query: { ...filter, limit: PAGE_ITEMS, ...(cursor ? { cursor } : {}) } } }));
export const loadSession = (sessionId: string): Promise<SessionDetail> => unwrap(api.GET('/api/v1/sessions/{sessionId}', { params: { path: { sessionId } } }));

/** Derives the bill again, for instance after a tariff was assigned; a new version only where it comes out differently. */
export const rederiveSession = (sessionId: string): Promise<SessionDetail> => unwrap(api.POST('/api/v1/sessions/{sessionId}/rederivation', { params: { path: { sessionId } } }));
