import { api, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type SessionRow = components['schemas']['ChargingSession'];
export type SessionPage = components['schemas']['ChargingSessionPage'];
export type SessionDetail = components['schemas']['ChargingSessionDetail'];
export type Bill = components['schemas']['ChargingBill'];
export type BillLine = components['schemas']['BillLine'];
export type Posting = components['schemas']['BillPosting'];
export type Flag = components['schemas']['Flag'];
export type Reading = components['schemas']['RegisterReading'];

export type FlagCause = components['schemas']['FlagCause'];
/** Every cause of a flag: one that the contract gains and this lacks does not compile. */
const EVERY_CAUSE: Readonly<Record<FlagCause, true>> = {
  stop_never_arrived: true, stop_never_arrived_silent: true, start_never_arrived: true, clock_not_set: true, time_in_future: true,
  time_unreadable: true, end_before_start: true, start_repeated_after_boot_or_stop: true, register_jump_implausible: true,
  stop_register_below_start: true, charged_without_authorisation: true, session_too_long: true, occupancy_too_long: true,
  overlaps_another_session: true, meter_register_zero_before_start: true, first_register_below_known: true, meter_register_reset: true, meter_register_dip: true,
  start_contradicted: true, stop_contradicted: true, no_register_evidence: true, first_register_missing: true, final_register_missing: true,
  events_missing: true, no_energy_drawn: true, tariff_missing: true, rating_refused: true, connector_unknown: true,
  bill_never_arrived: true, duplicate_start: true, clock_skew: true, day_month_swapped: true, idle_after_full: true, stated_energy_differs: true,
  stated_duration_differs: true, offline_gap: true, correction_contradicted: true,
};
export const FLAG_CAUSES = Object.keys(EVERY_CAUSE) as FlagCause[];

export const SESSION_STATES = ['active', 'ended', 'held', 'flagged'] as const;
/** `from` and `to` are days on the operator's wall clock, both included. */
export type SessionFilter = {
  readonly state?: (typeof SESSION_STATES)[number]; readonly stationId?: string; readonly chargePointId?: string; readonly memberId?: string;
  readonly from?: string; readonly to?: string; readonly q?: string; readonly cause?: FlagCause;
};

export const loadSessions = (filter: SessionFilter, cursor: string | undefined): Promise<SessionPage> =>
  unwrap(api.GET('/api/v1/sessions', { params: { query: { ...filter, ...pageAt(cursor) } } }));
export const loadSession = (sessionId: string): Promise<SessionDetail> => unwrap(api.GET('/api/v1/sessions/{sessionId}', { params: { path: { sessionId } } }));

/** Derives the bill again, for instance after a tariff was assigned; a new version only where it comes out differently. */
export const rederiveSession = (sessionId: string): Promise<SessionDetail> => unwrap(api.POST('/api/v1/sessions/{sessionId}/rederivation', { params: { path: { sessionId } } }));

export type StopRequest = components['schemas']['StopRequest'];
/** Stops that were asked for because the money was nearly used up. */
export const loadStopRequests = async (sessionId: string): Promise<readonly StopRequest[]> => (await unwrap(api.GET('/api/v1/sessions/{sessionId}/stop-requests', { params: { path: { sessionId } } }))).items;
