import type { IconName } from './navigation.ts';

const PATHS: Readonly<Record<IconName, string>> = {
  overview: 'M3 13h4l3-8 4 14 3-8h4',
  stations: 'M4 21V5a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v16M3 21h13M7 8h5M15 11h2a2 2 0 0 1 2 2v4a1.5 1.5 0 0 0 3 0V9l-3-3',
  sessions: 'M13 2 4 14h7l-1 8 9-12h-7z',
  members: 'M16 20v-1.5a4.5 4.5 0 0 0-9 0V20M11.500 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7M21 20v-1.500a4 4 0 0 0-3-3.800M16 4.300a3.500 3.500 0 0 1 0 6.500',
  tariffs: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3.500 2',
  books: 'M12 4v16M5 20h14M5 7h14M5 7l-3 7a3.200 3.200 0 0 0 6 0zM19 7l-3 7a3.200 3.200 0 0 0 6 0z',
  approvals: 'M9 12l2.200 2.200L15.500 10M12 3l7.500 3v5.500c0 4.500-3.200 8-7.500 9.500-4.300-1.500-7.500-5-7.500-9.500V6z',
  audit: 'M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 16h7',
  orders: 'M3 4h6v6H3zM15 4h6v6h-6zM3 14h6v6H3zM14 14h3v3M21 14v3M14 21h3M20 20h1v1',
  recovery: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13M15.300 15.300 21 21M10.500 7.500v3l2 1.500',
  refunds: 'M4 9h11a5 5 0 0 1 0 10H9M4 9l4-4M4 9l4 4',
  channels: 'M7 3h10a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1M10 18h4M9.500 8.500a4 4 0 0 1 5 0M11 11a1.600 1.600 0 0 1 2 0',
  reconciliation: 'M4 5h6v14H4zM14 5h6v14h-6zM6 9h2M6 13h2M16 9h2M16 13h2M10 12h4',
  coupons: 'M3 8a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v2a2 2 0 0 0 0 4v2a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-2a2 2 0 0 0 0-4zM14 6v2M14 11v2M14 16v2',
  chargebacks: 'M20 15H9a5 5 0 0 1 0-10h6M20 15l-4-4M20 15l-4 4',
  periods: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4M9 15l2 2 4-4',
  operations: 'M4 5h16v6H4zM4 13h16v6H4zM7.500 8h.01M7.500 16h.01M11 8h6M11 16h6',
  reports: 'M4 20V4M4 20h16M8.500 20v-6M13 20V8M17.500 20v-9',
  statements: 'M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6',
  fleets: 'M3 16V7h11v9M14 10h4l3 3v3h-2M3 16h2M9 16h6M7 18.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4M17 18.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
  makers: 'M3 21V10l6 4v-4l6 4V4h3l1 17zM3 21h18M8 18h.01M12 18h.01M16 18h.01',
  repair: 'M12 4 2.800 20h18.400zM12 10v4.500M12 17.500h.01',
  rules: 'M4 6h8M16 6h4M4 12h3M11 12h9M4 18h10M18 18h2M14 4v4M9 10v4M16 16v4',
  settings: 'M12 3 6 13h5l-1 8 3-5M17 14.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5M17 12.500v2M17 19.500v2M13 17h1.500M19.500 17H21',
  cases: 'M4 5h16v11H9l-5 4zM8 9h8M8 12.500h5',
  imports: 'M12 3v11M7.500 9.500 12 14l4.500-4.500M4 16v4h16v-4',
  users: 'M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7M12 3v2.500M12 18.500V21M3 12h2.500M18.500 12H21M5.600 5.600l1.800 1.800M16.600 16.600l1.800 1.800M5.600 18.400l1.800-1.800M16.600 7.400l1.800-1.800',
};

/** Always beside its word, hence hidden from assistive technology. */
export const Icon = ({ name }: { name: IconName }) => (
  <svg width="17" height="17" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true"><path d={PATHS[name]} /></svg>
);

export const Logo = ({ size = 28 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#4450d9" /><g fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round"><path d="M10 7v18" /><path d="M23 7l-9 9 9 9" /></g><circle cx="13" cy="16" r="3.600" fill="#ffc857" /></svg>
);
