import type { SupportCase, SupportCaseState, SupportLink } from '../../api/cases.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { State, type Tone } from '../../ui/state.tsx';

const TONES: Readonly<Record<SupportCaseState, Tone>> = { open: 'warn', observing: 'live', resolved: 'good' };
export const QUIET = 'rule:quiet';
export const pathOf = (caseId: string): string => `/support-cases/${caseId}`;

/** The state in words; one that is watched says until when. */
export function CaseState({ of }: { of: Pick<SupportCase, 'state' | 'observingUntil'> }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return <State tone={TONES[of.state]}>{t(`case.state.${of.state}`)}{of.state === 'observing' && of.observingUntil !== null && ` ${t('case.until', { at: formatDate(of.observingUntil, timeZone) })}`}</State>;
}

/** The page of a linked record; null where it has none. */
export function addressOf({ kind, id }: Pick<SupportLink, 'kind' | 'id'>): string | null {
  switch (kind) {
    case 'session': return `/sessions/${id}`;
    case 'charge_point': return `/charge-points/${id}`;
    case 'station': return `/stations/${id}`;
    case 'member': return `/members/${id}`;
    case 'payment_order': return `/payment-orders/${id}`;
    case 'repair_case': return `/abnormal-bills/${id}`;
    case 'support_case': return pathOf(id);
    case 'bill': return null;
  }
}
