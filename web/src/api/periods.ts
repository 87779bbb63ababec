import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type Period = components['schemas']['AccountingPeriod'];
export type PeriodState = components['schemas']['PeriodState'];
export type PeriodWork = components['schemas']['PeriodWork'];
export type ClosedPeriod = components['schemas']['ClosedPeriod'];
export type Blocker = components['schemas']['PeriodBlocker'];

const PAGE_ITEMS = 24;

export const loadPeriods = (cursor: string | undefined) => unwrap(api.GET('/api/v1/accounting-periods', { params: { query: pageAt(cursor, PAGE_ITEMS) } }));
export const loadPeriod = (month: string): Promise<Period> => unwrap(api.GET('/api/v1/accounting-periods/{month}', { params: { path: { month } } }));
/** Both begin a job; the month tells how far it is. */
export const checkPeriod = ({ month }: { month: string }, idempotencyKey: string): Promise<Period> => unwrap(api.POST('/api/v1/accounting-periods/{month}/check', { params: { ...keyed(idempotencyKey), path: { month } }, body: {} }));
export const closePeriod = ({ month, reason }: { month: string; reason: string | null }, idempotencyKey: string): Promise<Period> =>
  unwrap(api.POST('/api/v1/accounting-periods/{month}/close', { params: { ...keyed(idempotencyKey), path: { month } }, body: { reason } }));

/** A job asks the gates now. */
export const isWorking = ({ work }: Pick<Period, 'work'>): boolean => work?.state === 'waiting' || work?.state === 'checking';
