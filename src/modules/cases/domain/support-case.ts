import { refuse, ok, type Instant, type Result } from '../../../kernel/index.ts';

export const CASE_STATES = ['open', 'observing', 'resolved'] as const;
export type CaseState = (typeof CASE_STATES)[number];
export const NETWORK_STATES = ['online', 'offline', 'unstable', 'unknown'] as const;
export type NetworkState = (typeof NETWORK_STATES)[number];
export const SUBJECT_KINDS = ['session', 'bill', 'charge_point', 'station', 'member', 'payment_order', 'repair_case', 'support_case'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];
export const CASE_EVENT_KINDS = ['opened', 'commented', 'linked', 'assigned', 'observing', 'recurred', 'quiet', 'resolved', 'reopened', 'made_known', 'changed'] as const;
export type CaseEventKind = (typeof CASE_EVENT_KINDS)[number];

export const TITLE_LENGTH_MAX = 200;
export const TEXT_LENGTH_MAX = 4_000;
/** "Watch it for two days" is the usual; longer than a quarter nobody watches. */
export const OBSERVE_DAYS_MAX = 92;

export type SupportCase = {
  readonly caseId: string; readonly number: number; readonly title: string; readonly state: CaseState; readonly stationId: string | null; readonly chargePointId: string | null; readonly connector: number | null;
  readonly periodFrom: Instant | null; readonly periodTo: Instant | null; readonly networkState: NetworkState; readonly cause: string | null; readonly firstFinding: string; readonly owner: string | null;
  readonly observingUntil: Instant | null; readonly knownAnswer: string | null; readonly resolution: string | null; readonly timesReopened: number; readonly openedBy: string; readonly openedAt: Instant; readonly changedAt: Instant;
};

export type CaseAct =
  | { readonly kind: 'observe'; readonly until: Instant }
  | { readonly kind: 'recur' }
  | { readonly kind: 'resolve'; readonly resolution: string }
  | { readonly kind: 'reopen' };
export type CaseRejection = { readonly code: 'support_case_closed' | 'support_case_not_closed' | 'support_case_text_invalid' | 'support_case_not_observed' };
type Standing = Pick<SupportCase, 'state' | 'observingUntil' | 'resolution' | 'timesReopened'>;

/** What becomes of a case. Pure; the only way from one state to another. */
export function nextStanding(now: Standing, act: CaseAct): Result<Standing, CaseRejection> {
  const { state, timesReopened } = now;
  switch (act.kind) {
    case 'observe': return state === 'resolved' ? refuse({ code: 'support_case_closed' }) : ok({ state: 'observing', observingUntil: act.until, resolution: null, timesReopened });
    case 'recur': return state !== 'observing' ? refuse({ code: 'support_case_not_observed' }) : ok({ state: 'open', observingUntil: null, resolution: null, timesReopened: timesReopened + 1 });
    case 'resolve': {
      const resolution = act.resolution.trim();
      if (state === 'resolved') return refuse({ code: 'support_case_closed' });
      return resolution.length === 0 || resolution.length > TEXT_LENGTH_MAX ? refuse({ code: 'support_case_text_invalid' }) : ok({ state: 'resolved', observingUntil: null, resolution, timesReopened });
    }
    case 'reopen': return state !== 'resolved' ? refuse({ code: 'support_case_not_closed' }) : ok({ state: 'open', observingUntil: null, resolution: null, timesReopened: timesReopened + 1 });
  }
}
