import type { Logger } from '../logging/logger.ts';

export type Telemetry = { close(): Promise<void> };

/**
 * Traces by OpenTelemetry, sent to the collector at `endpoint` (OTLP over HTTP). Without an endpoint nothing is loaded: the library costs
 * tens of megabytes. What the program traces goes through `@opentelemetry/api`, which does nothing until this has run.
 */
export async function startTelemetry(options: { readonly endpoint: string | undefined; readonly logger: Logger }): Promise<Telemetry> {
  const { endpoint } = options;
  if (endpoint === undefined) return { close: () => Promise.resolve() };
  const [{ NodeSDK }, { OTLPTraceExporter }] = await Promise.all([import('@opentelemetry/sdk-node'), import('@opentelemetry/exporter-trace-otlp-http')]);
  const sdk = new NodeSDK({ serviceName: 'kirchhoff', traceExporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }) });
  sdk.start();
  options.logger.info({ endpoint }, 'traces are sent');
  // A collector that is gone must not hold up the stop.
  return { close: () => Promise.race([sdk.shutdown().catch(() => undefined), new Promise<void>((resolve) => { setTimeout(resolve, 2_000).unref(); })]).then(() => undefined) };
}
