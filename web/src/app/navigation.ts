import type { MessageKey } from '../i18n/index.ts';
import { may, useAccount } from './account.tsx';

export type NavigationItem = { readonly to: string; readonly label: MessageKey; readonly chord: string; readonly group: MessageKey | null; readonly icon: IconName; readonly needs: string | null; /** Shows what no part of the operator has to itself: the permission has to hold everywhere. */ readonly everywhere?: true };
export type IconName = 'overview' | 'stations' | 'sessions' | 'members' | 'tariffs' | 'books' | 'approvals' | 'audit' | 'users' | 'orders' | 'recovery' | 'refunds' | 'channels' | 'reconciliation' | 'coupons' | 'chargebacks' | 'periods' | 'operations' | 'reports' | 'statements' | 'fleets' | 'makers' | 'repair' | 'rules' | 'settings' | 'cases' | 'imports';

/** The pages of the menu with the letter that follows `g` and the permission that each needs; one's own log-ins need none. */
export const NAVIGATION: readonly NavigationItem[] = [
  { to: '/', label: 'nav.overview', chord: 'o', group: null, icon: 'overview', needs: 'charging:read' },
  { to: '/stations', label: 'nav.stations', chord: 's', group: 'nav.group.field', icon: 'stations', needs: 'locations:read' },
  { to: '/sessions', label: 'nav.sessions', chord: 'c', group: 'nav.group.field', icon: 'sessions', needs: 'charging:read' },
  { to: '/abnormal-bills', label: 'nav.repair', chord: 'j', group: 'nav.group.field', icon: 'repair', needs: 'repair:read' },
  { to: '/support-cases', label: 'nav.cases', chord: '1', group: 'nav.group.field', icon: 'cases', needs: 'cases:read', everywhere: true },
  { to: '/makers', label: 'nav.makers', chord: 'i', group: 'nav.group.field', icon: 'makers', needs: 'makes:read', everywhere: true },
  { to: '/session-imports', label: 'nav.imports', chord: '2', group: 'nav.group.field', icon: 'imports', needs: 'imports:read', everywhere: true },
  { to: '/members', label: 'nav.members', chord: 'm', group: 'nav.group.money', icon: 'members', needs: 'members:read' },
  { to: '/fleets', label: 'nav.fleets', chord: 'f', group: 'nav.group.money', icon: 'fleets', needs: 'organisation:read', everywhere: true },
  { to: '/tariffs', label: 'nav.tariffs', chord: 't', group: 'nav.group.money', icon: 'tariffs', needs: 'tariffs:read' },
  { to: '/coupons', label: 'nav.coupons', chord: 'k', group: 'nav.group.money', icon: 'coupons', needs: 'coupons:read' },
  { to: '/books', label: 'nav.books', chord: 'b', group: 'nav.group.money', icon: 'books', needs: 'books:read' },
  { to: '/periods', label: 'nav.periods', chord: 'e', group: 'nav.group.money', icon: 'periods', needs: 'books:read' },
  { to: '/payment-orders', label: 'nav.orders', chord: 'y', group: 'nav.group.payments', icon: 'orders', needs: 'payments:read' },
  { to: '/recovery', label: 'nav.recovery', chord: 'l', group: 'nav.group.payments', icon: 'recovery', needs: 'payments:read' },
  { to: '/refunds', label: 'nav.refunds', chord: 'r', group: 'nav.group.payments', icon: 'refunds', needs: 'payments:read' },
  { to: '/chargebacks', label: 'nav.chargebacks', chord: 'x', group: 'nav.group.payments', icon: 'chargebacks', needs: 'payments:read' },
  { to: '/reconciliation', label: 'nav.reconciliation', chord: 'd', group: 'nav.group.payments', icon: 'reconciliation', needs: 'payments:read' },
  { to: '/channels', label: 'nav.channels', chord: 'n', group: 'nav.group.payments', icon: 'channels', needs: 'settings:read' },
  { to: '/reports', label: 'nav.reports', chord: 'w', group: 'nav.group.reports', icon: 'reports', needs: 'reports:read' },
  { to: '/statements', label: 'nav.statements', chord: 'v', group: 'nav.group.reports', icon: 'statements', needs: 'reports:read' },
  { to: '/approvals', label: 'nav.approvals', chord: 'p', group: 'nav.group.control', icon: 'approvals', needs: 'approvals:read' },
  { to: '/anomaly-rules', label: 'nav.rules', chord: 'q', group: 'nav.group.control', icon: 'rules', needs: 'settings:read', everywhere: true },
  { to: '/charging-settings', label: 'nav.chset', chord: 'z', group: 'nav.group.control', icon: 'settings', needs: 'settings:read', everywhere: true },
  { to: '/audit-log', label: 'nav.audit', chord: 'a', group: 'nav.group.control', icon: 'audit', needs: 'audit_log:read' },
  { to: '/operations', label: 'nav.operations', chord: 'h', group: 'nav.group.control', icon: 'operations', needs: 'operations:read' },
  { to: '/users', label: 'nav.users', chord: 'u', group: 'nav.group.control', icon: 'users', needs: null },
];

/** The pages that somebody may see. */
export function useNavigation(): readonly NavigationItem[] {
  const { account } = useAccount();
  return account === null ? [] : NAVIGATION.filter(({ needs, everywhere }) => needs === null || (everywhere ? account.permissions.includes(needs) : may(account, needs)));
}
