export { PROBE_MS_MAX, runProbes, type Probe, type ProbeResult } from './health.ts';
export { registerHealthRoutes } from './health-routes.ts';
