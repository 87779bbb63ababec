export { createMetrics, type Metrics } from './metrics.ts';
export { registerMetricsRoute } from './metrics-route.ts';
