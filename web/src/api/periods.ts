import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type ClosedPeriod = components['schemas']['ClosedPeriod'];
export type Period = components['schemas']['AccountingPeriod'];
export type Blocker = components['schemas']['PeriodBlocker'];

export const loadClosedPeriods = (cursor: string | undefined) => unwrap(api.GET('/api/v1/accounting-periods', { params: { query: pageAt(cursor) } }));
/** Asks every gate, the audit of the books among them: it takes as long as the books are large. */
export const loadPeriod = (month: string): Promise<Period> => unwrap(api.GET('/api/v1/accounting-periods/{month}', { params: { path: { month } } }));
export const closePeriod = ({ month, reason }: { month: string; reason: string | null }, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/accounting-periods/{month}/close', { params: { ...keyed(idempotencyKey), path: { month } }, body: { reason } }));
