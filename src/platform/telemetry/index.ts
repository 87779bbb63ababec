import type { Logger } from '../logging/logger.ts';
import { installSpans } from '../timings/index.ts';

export type Telemetry = { close(): Promise<void> };

/**
 * Traces by OpenTelemetry, sent to the collector at `endpoint` (OTLP over HTTP): requests, transactions, queries by name, calls to payment channels. Without an endpoint nothing is loaded:
 * the library costs tens of megabytes. No value, address or body goes into a span.
 */
export async function startTelemetry(options: { readonly endpoint: string | undefined; readonly logger: Logger }): Promise<Telemetry> {
  const { endpoint } = options;
  if (endpoint === undefined) return { close: () => Promise.resolve() };
  const [{ NodeSDK }, { OTLPTraceExporter }, { context, SpanStatusCode, trace }] = await Promise.all([
    import('@opentelemetry/sdk-node'), import('@opentelemetry/exporter-trace-otlp-http'), import('@opentelemetry/api'),
  ]);
  const sdk = new NodeSDK({ serviceName: 'kirchhoff', traceExporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }) });
  sdk.start();
  const tracer = trace.getTracer('kirchhoff');
  const uninstall = installSpans((name, attributes, parent) => {
    const span = tracer.startSpan(name, { attributes }, parent === null ? context.active() : trace.setSpan(context.active(), parent.handle as ReturnType<typeof tracer.startSpan>));
    return {
      handle: span,
      end: (failed) => {
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  });
  options.logger.info({ endpoint }, 'traces are sent');
  return {
    close: () => {
      uninstall();
      // A collector that is gone must not hold up the stop.
      return Promise.race([sdk.shutdown().catch(() => undefined), new Promise<void>((resolve) => { setTimeout(resolve, 2_000).unref(); })]).then(() => undefined);
    },
  };
}
