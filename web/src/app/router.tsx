import { createBrowserRouter, type LazyRouteFunction, type RouteObject } from 'react-router';
import { Guard } from './guard.tsx';
import { MissingPage, RouteFault } from './faults.tsx';

type Lazy = LazyRouteFunction<RouteObject>;
const page = (load: () => Promise<{ Component: React.ComponentType }>): Lazy => load as Lazy;

/** Each page is its own chunk: the log-in page loads no table and no chart. */
export const router = createBrowserRouter([
  { path: '/login', lazy: page(() => import('../pages/login/login-page.tsx')), errorElement: <RouteFault />, HydrateFallback: () => null },
  // Payers have no account: whoever has the address may pay.
  { path: '/pay/:token', lazy: page(() => import('../pages/payer/payer-page.tsx')), errorElement: <RouteFault />, HydrateFallback: () => null },
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
      { path: 'abnormal-bills', lazy: page(() => import('../pages/repair/inbox-page.tsx')) },
      { path: 'abnormal-bills/:caseId', lazy: page(() => import('../pages/repair/case-page.tsx')) },
      { path: 'bulk-repairs', lazy: page(() => import('../pages/repair/bulk-page.tsx')) },
      { path: 'bulk-repairs/:runId', lazy: page(() => import('../pages/repair/bulk-run-page.tsx')) },
      { path: 'repair-policy', lazy: page(() => import('../pages/repair/policy-page.tsx')) },
      { path: 'members', lazy: page(() => import('../pages/members/members-page.tsx')) },
      { path: 'members/:memberId', lazy: page(() => import('../pages/members/member-page.tsx')) },
      { path: 'tariffs', lazy: page(() => import('../pages/tariffs/tariffs-page.tsx')) },
      { path: 'tariffs/:tariffId', lazy: page(() => import('../pages/tariffs/tariff-page.tsx')) },
      { path: 'books', lazy: page(() => import('../pages/books/books-page.tsx')) },
      { path: 'payment-orders', lazy: page(() => import('../pages/orders/orders-page.tsx')) },
      { path: 'payment-orders/:orderId', lazy: page(() => import('../pages/orders/order-page.tsx')) },
      { path: 'recovery', lazy: page(() => import('../pages/recovery/recovery-page.tsx')) },
      { path: 'refunds', lazy: page(() => import('../pages/refunds/refunds-page.tsx')) },
      { path: 'refunds/:refundId', lazy: page(() => import('../pages/refunds/refund-page.tsx')) },
      { path: 'reconciliation', lazy: page(() => import('../pages/reconciliation/reconciliation-page.tsx')) },
      { path: 'reconciliation/breaks/:breakId', lazy: page(() => import('../pages/reconciliation/break-page.tsx')) },
      { path: 'reconciliation/:merchantAccountId/:date', lazy: page(() => import('../pages/reconciliation/day-page.tsx')) },
      { path: 'coupons', lazy: page(() => import('../pages/coupons/coupons-page.tsx')) },
      { path: 'chargebacks', lazy: page(() => import('../pages/chargebacks/chargebacks-page.tsx')) },
      { path: 'chargebacks/:chargebackId', lazy: page(() => import('../pages/chargebacks/chargeback-page.tsx')) },
      { path: 'periods', lazy: page(() => import('../pages/periods/periods-page.tsx')) },
      { path: 'periods/:month', lazy: page(() => import('../pages/periods/period-page.tsx')) },
      { path: 'operations', lazy: page(() => import('../pages/operations/operations-page.tsx')) },
      { path: 'channels', lazy: page(() => import('../pages/channels/channels-page.tsx')) },
      { path: 'channels/:merchantAccountId', lazy: page(() => import('../pages/channels/channel-page.tsx')) },
      { path: 'reports', lazy: page(() => import('../pages/reports/reports-page.tsx')) },
      { path: 'reports/:period', lazy: page(() => import('../pages/reports/report-page.tsx')) },
      { path: 'statements', lazy: page(() => import('../pages/statements/statements-page.tsx')) },
      { path: 'statements/:statementId', lazy: page(() => import('../pages/statements/statement-page.tsx')) },
      { path: 'makers', lazy: page(() => import('../pages/makers/makers-page.tsx')) },
      { path: 'makers/detail', lazy: page(() => import('../pages/makers/maker-page.tsx')) },
      { path: 'fleets', lazy: page(() => import('../pages/fleets/fleets-page.tsx')) },
      { path: 'vehicles/:vehicleId', lazy: page(() => import('../pages/fleets/vehicle-page.tsx')) },
      { path: 'approvals', lazy: page(() => import('../pages/control/approvals-page.tsx')) },
      { path: 'audit-log', lazy: page(() => import('../pages/control/audit-page.tsx')) },
      { path: 'users', lazy: page(() => import('../pages/control/users-page.tsx')) },
      { path: '*', element: <MissingPage /> },
    ],
  },
]);
