import type { Metrics } from '../../platform/metrics/index.ts';
import type { GatewayCounter, GatewayMetrics } from './ports.ts';

const COUNTERS: Record<GatewayCounter, readonly [about: string, ...labels: string[]]> = {
  frames_received: ['Frames read from charge points.'],
  frames_stored: ['Rows written to the frame log, sent frames included.'],
  frames_flagged: ['Frames that the official schema would refuse, by action.', 'action'],
  frames_unanswered: ['Frames left unanswered because they could not be stored in time; their connections were closed.'],
  call_errors_sent: ['Calls that nobody could understand, by error code.', 'code'],
  connections_refused: ['Handshakes refused, by status.', 'status'],
  connections_superseded: ['Connections ended because a newer one of the same charge point came.'],
  frames_applied: ['Frames worked by the applier.'],
  frames_unprocessable: ['Frames that could not be worked and were passed over.'],
  commands_settled: ['Commands to charge points by what became of them.', 'kind', 'state'],
};
const MS_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const ROW_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000] as const;

/** The gateway's figures in the process's registry, under `kirchhoff_ocpp_…`. */
export function gatewayMetrics(metrics: Metrics): GatewayMetrics {
  const counters = new Map((Object.entries(COUNTERS) as [GatewayCounter, readonly [string, ...string[]]][]).map(([name, [about, ...labels]]) => [name, metrics.counter(`kirchhoff_ocpp_${name}_total`, about, labels)]));
  const reply = metrics.histogram('kirchhoff_ocpp_reply_seconds', 'From a frame read to its answer sent.', { buckets: MS_BUCKETS_S });
  const store = metrics.histogram('kirchhoff_ocpp_store_seconds', 'One group insert into the frame log, commit included.', { buckets: MS_BUCKETS_S });
  const apply = metrics.histogram('kirchhoff_ocpp_apply_seconds', 'One batch of frames worked by the applier.', { buckets: MS_BUCKETS_S });
  const rows = metrics.histogram('kirchhoff_ocpp_batch_rows', 'Frames that shared a commit.', { buckets: ROW_BUCKETS });
  const gauges = {
    connections: metrics.gauge('kirchhoff_ocpp_connections', 'Live connections of this node.'),
    frames_queued: metrics.gauge('kirchhoff_ocpp_frames_queued', 'Frames that wait to be stored.'),
    applier_lag_frames: metrics.gauge('kirchhoff_ocpp_applier_lag_frames', 'Stored frames that the applier has not come to yet, over all operators.'),
  };
  return {
    increment: (name, labels, by = 1) => { counters.get(name)?.inc({ ...labels }, by); },
    observe: (name, value) => {
      switch (name) {
        case 'reply_ms': reply.observe(value / 1_000); break;
        case 'store_ms': store.observe(value / 1_000); break;
        case 'apply_ms': apply.observe(value / 1_000); break;
        case 'batch_rows': rows.observe(value); break;
      }
    },
    gauge: (name, value) => { gauges[name].set(value); },
  };
}
