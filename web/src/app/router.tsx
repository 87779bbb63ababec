import { createBrowserRouter, type LazyRouteFunction, type RouteObject } from 'react-router';
import { Guard } from './guard.tsx';
import { MissingPage, RouteFault } from './faults.tsx';

type Lazy = LazyRouteFunction<RouteObject>;
const page = (load: () => Promise<{ Component: React.ComponentType }>): Lazy => load as Lazy;

/** Each page is its own chunk: the log-in page loads no table and no chart. */
export const router = createBrowserRouter([
  { path: '/login', lazy: page(() => import('../pages/login/login-page.tsx')), errorElement: <RouteFault />, HydrateFallback: () => null },
  {
    path: '/',
    element: <Guard />,
    errorElement: <RouteFault />,
    HydrateFallback: () => null,
    children: [
      { index: true, lazy: page(() => import('../pages/overview/overview-page.tsx')) },
      { path: 'stations', lazy: page(() => import('../pages/stations/stations-page.tsx')) },
      { path: 'stations/:stationId', lazy: page(() => import('../pages/stations/station-page.tsx')) },
      { path: 'charge-points/:chargePointId', lazy: page(() => import('../pages/stations/charge-point-page.tsx')) },
      { path: 'sessions', lazy: page(() => import('../pages/sessions/sessions-page.tsx')) },
      { path: 'sessions/:sessionId', lazy: page(() => import('../pages/bill/session-page.tsx')) },
      { path: 'members', lazy: page(() => import('../pages/members/members-page.tsx')) },
      { path: 'members/:memberId', lazy: page(() => import('../pages/members/member-page.tsx')) },
      { path: 'tariffs', lazy: page(() => import('../pages/tariffs/tariffs-page.tsx')) },
      { path: 'tariffs/:tariffId', lazy: page(() => import('../pages/tariffs/tariff-page.tsx')) },
      { path: 'books', lazy: page(() => import('../pages/books/books-page.tsx')) },
      { path: 'approvals', lazy: page(() => import('../pages/control/approvals-page.tsx')) },
      { path: 'audit-log', lazy: page(() => import('../pages/control/audit-page.tsx')) },
      { path: 'users', lazy: page(() => import('../pages/control/users-page.tsx')) },
      { path: '*', element: <MissingPage /> },
    ],
  },
]);
