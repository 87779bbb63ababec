import { api, unwrap } from './client.ts';
import type { Money } from './types.ts';

/** A step of the live curve: average power and open sessions in the step that begins at `at`. */
export type PowerPoint = { readonly at: string; readonly powerW: string; readonly sessions: number };
/** One local day of the operator. */
export type DaySums = { readonly date: string; readonly sessions: number; readonly energyWh: string; readonly total: Money };
/** What the operator looks at first: what flows now, what today brought, what needs somebody. */
export type Overview = {
  readonly at: string;
  readonly livePowerW: string;
  readonly activeSessions: number;
  readonly today: { readonly sessions: number; readonly energyWh: string; readonly total: Money; readonly topUps: Money };
  readonly attention: { readonly heldBills: number; readonly heldProposed: Money; readonly silentSessions: number; readonly receivable: Money };
  /** The past 24 hours in steps of 15 minutes, oldest first. */
  readonly power: readonly PowerPoint[];
  /** The past 14 days, oldest first, today last. */
  readonly days: readonly DaySums[];
};

export async function loadOverview(): Promise<Overview> {
  return unwrap(api.GET('/api/v1/overview'));
}
