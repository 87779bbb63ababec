import type { MessageKey } from '../i18n/index.ts';

export type NavigationItem = { readonly to: string; readonly label: MessageKey; readonly chord: string; readonly group: MessageKey | null; readonly icon: IconName };
export type IconName = 'overview' | 'stations' | 'sessions' | 'members' | 'tariffs' | 'books' | 'approvals' | 'audit' | 'users';

/** The pages of the menu with the letter that follows `g`. */
export const NAVIGATION: readonly NavigationItem[] = [
  { to: '/', label: 'nav.overview', chord: 'o', group: null, icon: 'overview' },
  { to: '/stations', label: 'nav.stations', chord: 's', group: 'nav.group.field', icon: 'stations' },
  { to: '/sessions', label: 'nav.sessions', chord: 'c', group: 'nav.group.field', icon: 'sessions' },
  { to: '/members', label: 'nav.members', chord: 'm', group: 'nav.group.money', icon: 'members' },
  { to: '/tariffs', label: 'nav.tariffs', chord: 't', group: 'nav.group.money', icon: 'tariffs' },
  { to: '/books', label: 'nav.books', chord: 'b', group: 'nav.group.money', icon: 'books' },
  { to: '/approvals', label: 'nav.approvals', chord: 'p', group: 'nav.group.control', icon: 'approvals' },
  { to: '/audit-log', label: 'nav.audit', chord: 'a', group: 'nav.group.control', icon: 'audit' },
  { to: '/users', label: 'nav.users', chord: 'u', group: 'nav.group.control', icon: 'users' },
];
