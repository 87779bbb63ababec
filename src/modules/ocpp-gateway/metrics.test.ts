import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createMetrics } from '../../platform/metrics/index.ts';
import { gatewayMetrics } from './metrics.ts';

it('the figures of the gateway are in the process\'s registry, in base units', async () => {
  const registry = createMetrics({ processMetrics: false });
  const metrics = gatewayMetrics(registry);
  metrics.increment('frames_received');
  metrics.increment('commands_settled', { kind: 'remote_start', state: 'unknown' });
  metrics.increment('frames_stored', undefined, 12);
  metrics.observe('reply_ms', 250);
  metrics.gauge('applier_lag_frames', 7);
  const text = await registry.registry.metrics();
  assert.match(text, /kirchhoff_ocpp_frames_received_total 1/);
  assert.match(text, /kirchhoff_ocpp_commands_settled_total\{kind="remote_start",state="unknown"\} 1/);
  assert.match(text, /kirchhoff_ocpp_frames_stored_total 12/);
  assert.match(text, /kirchhoff_ocpp_reply_seconds_sum 0\.25/);
  assert.match(text, /kirchhoff_ocpp_applier_lag_frames 7/);
});
