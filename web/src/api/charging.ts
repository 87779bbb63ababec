import type { Money } from './types.ts';
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

export async function loadSessions(filters: Readonly<Record<string, string>>, cursor: string | undefined): Promise<SessionPage> {
  return unwrap(api.GET('/api/v1/sessions', { params: { query: { ...filters, cursor, limit: 100 } } }));
}
