import { addMs, MS_PER_MINUTE, MS_PER_SECOND, toIso, type Clock, type Instant } from '../kernel/index.ts';
import { openWire, type Wire } from '../../simulators/charge-point/wire.ts';

/** Time as it goes by in the story; the charge point's clock and the platform's are the same. */
export type LivedTime = Clock & { pass(ms: number): void; set(at: Instant): void };

/** What the meter showed, in Wh, and when, counted from the start. Between the first true register and the last one lies what was drawn. */
export const TRUE_FIRST_WH = 92_270, LAST_WH = 128_630, CHARGED_MS = 34 * MS_PER_MINUTE;
const JUMP_AFTER_MS = 30 * MS_PER_SECOND, CALL_TIMEOUT_MS = 20_000;

/** One frame as it is told: when the charge point sent it, and what it said. */
export type SentFrame = { readonly at: Instant; readonly action: string; readonly says: string };

/** A charge point that lives this one story, OCPP 1.6 frame by frame. */
export async function openStoryPoint(of: { readonly url: string; readonly identity: string; readonly time: LivedTime; readonly token: string }) {
  const { time, token } = of;
  let wire: Wire | null = null;
  const sent: SentFrame[] = [];
  const connect = async (): Promise<void> => {
    wire = await openWire({ ...of, protocol: 'ocpp1.6', callTimeoutMs: CALL_TIMEOUT_MS, onCall: (action) => (action === 'TriggerMessage' ? { status: 'NotImplemented' } : null), onClose: () => undefined });
  };
  const call = async (action: string, payload: Record<string, unknown>, says: string): Promise<Record<string, unknown>> => {
    const answer = await wire!.call(action, payload);
    if (answer.kind !== 'result') throw new Error(`${action} was not answered: ${answer.kind}`);
    sent.push({ at: time.now(), action, says });
    return answer.payload;
  };
  const stamp = (): string => toIso(time.now());
  const status = (word: string) => call('StatusNotification', { connectorId: 1, status: word, errorCode: 'NoError', timestamp: stamp() }, word);
  const reading = (registerWh: number, transactionId: number | null) => call('MeterValues', {
    connectorId: 1, ...(transactionId === null ? {} : { transactionId }), meterValue: [{ timestamp: stamp(), sampledValue: [{ value: String(registerWh), measurand: 'Energy.Active.Import.Register', unit: 'Wh' }] }],
  }, `${transactionId === null ? 'between charges' : `transaction ${transactionId}`}, register ${kwh(registerWh)}`);
  await connect();
  return {
    sent,
    /** Boots, and its heartbeat says register 0 although the meter stands at 92.27 kWh: the meter has not answered yet. */
    wakeUp: async () => {
      await call('BootNotification', { chargePointVendor: 'Volt', chargePointModel: 'DC-64', firmwareVersion: '3.1.7' }, 'Volt DC-64, firmware 3.1.7');
      await status('Available');
      await reading(0, null);
      time.pass(MS_PER_MINUTE);
      await status('Preparing');
    },
    start: async (): Promise<{ transactionId: number; at: Instant }> => {
      const at = time.now();
      const answer = await call('StartTransaction', { connectorId: 1, idTag: token, meterStart: 0, timestamp: stamp() }, 'meterStart 0');
      const transactionId = Number(answer.transactionId);
      time.pass(JUMP_AFTER_MS);
      await reading(TRUE_FIRST_WH, transactionId);
      return { transactionId, at };
    },
    /** The link is cut; the vehicle goes on charging. */
    fallSilent: () => { wire!.close(); },
    /** Back after `CHARGED_MS` from the start: one reading, then idle. The stop is never sent. */
    comeBack: async (started: { readonly transactionId: number; readonly at: Instant }) => {
      time.set(addMs(started.at, CHARGED_MS));
      await connect();
      await reading(LAST_WH, started.transactionId);
      time.pass(MS_PER_MINUTE);
      await status('Available');
    },
    close: () => { wire?.close(); },
  };
}
export type StoryPoint = Awaited<ReturnType<typeof openStoryPoint>>;

export const kwh = (wh: number | bigint): string => `${(Number(wh) / 1_000).toFixed(2)} kWh`;
