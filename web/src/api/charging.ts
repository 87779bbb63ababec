import type { Money } from './types.ts';
import type { OcppFrame } from './gateway.ts';
import type { PageOf } from '../ui/keyset.ts';
import { api, unwrap } from './client.ts';

export type SessionRow = {
  readonly sessionId: string; readonly chargePointId: string; readonly chargePointIdentity: string; readonly evseNumber: number | null;
  readonly stationId: string; readonly stationName: string; readonly timeZone: string; readonly transactionRef: string;
  readonly memberId: string | null; readonly memberName: string | null; readonly tokenMask: string | null; readonly startMode: string; readonly decision: string;
  readonly state: 'active' | 'ended'; readonly held: boolean; readonly flagCauses: readonly string[];
  readonly startedAt: string; readonly endedAt: string | null; readonly energyWh: string; readonly powerW: string | null; readonly socPercent: number | null;
  readonly total: Money | null; readonly billVersion: number;
};
export type SessionSums = { readonly count: number; readonly active: number; readonly held: number; readonly energyWh: string; readonly total: Money };
export type SessionPage = PageOf<SessionRow> & { readonly sums?: SessionSums | undefined };

/** `from` and `to` are instants, the end exclusive; `flag` is a cause; `q` is part of a charge point's identity, station's name or transaction. */
export type SessionFilter = {
  readonly state?: 'active' | 'ended' | 'held'; readonly flag?: string; readonly stationId?: string; readonly chargePointId?: string; readonly memberId?: string;
  readonly from?: string; readonly to?: string; readonly q?: string;
};
const PAGE_ITEMS = 100;

export async function loadSessions(filter: SessionFilter, cursor: string | undefined): Promise<SessionPage> {
  return unwrap(api.GET('/api/v1/sessions', { params: { query: { ...filter, limit: PAGE_ITEMS, ...(cursor ? { cursor } : {}) } } }));
}

export type Flag = { readonly cause: string; readonly code: number | null; readonly effect: 'hold' | 'note'; readonly data: Readonly<Record<string, unknown>> };
export type BillLine = {
  readonly charged: boolean; readonly kind: 'electricity' | 'service' | 'occupancy'; readonly periodKind: 'sharp' | 'peak' | 'flat' | 'valley' | null; readonly tariffId: string;
  readonly from: string; readonly to: string; readonly energyWh: string | null; readonly minutes: number | null; readonly rate: string; readonly amountMinor: string;
};
export type Bill = {
  readonly billId: string; readonly version: number; readonly reason: string; readonly state: 'settled' | 'held'; readonly energyWh: string; readonly total: Money;
  readonly proposedEnergyWh: string | null; readonly proposedTotal: Money | null; readonly fromHold: Money; readonly fromWallet: Money; readonly receivable: Money;
  readonly flags: readonly Flag[]; readonly lines: readonly BillLine[]; readonly recordedAt: string;
};
export type Reading = { readonly at: string; readonly registerWh: string | null; readonly powerW: string | null; readonly role: 'start' | 'read' | 'end'; readonly counted: boolean; readonly energyWh: string | null };
export type SessionDetail = SessionRow & {
  readonly startActor: string | null; readonly startDevice: string | null; readonly startIp: string | null; readonly stopReason: string | null; readonly offline: boolean;
  readonly hold: { readonly amount: Money; readonly state: string } | null; readonly readings: readonly Reading[]; readonly flags: readonly Flag[]; readonly bill: Bill | null; readonly versions: readonly Bill[];
};

export async function loadSession(sessionId: string): Promise<SessionDetail> {
  return unwrap(api.GET('/api/v1/sessions/{sessionId}', { params: { path: { sessionId } } }));
}

/** The frames that speak of this session, oldest first. */
export async function loadSessionFrames(sessionId: string, cursor: string | undefined): Promise<PageOf<OcppFrame>> {
  return unwrap(api.GET('/api/v1/sessions/{sessionId}/frames', { params: { path: { sessionId }, query: { limit: PAGE_ITEMS, ...(cursor ? { cursor } : {}) } } }));
}
