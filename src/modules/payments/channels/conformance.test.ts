import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startWalletChannel, type FaultName, type MerchantKeys, type NewMerchant } from '../../../../simulators/wallet-channel/index.ts';
import { instant, type Clock } from '../../../kernel/index.ts';
import type { RawNotification } from '../domain/channel.ts';
import { createChannel } from './adapters.ts';
import { createCaller } from './caller.ts';
import { describeChannel, type CallFault, type ChannelRig, type NotificationFault } from './conformance.ts';
import { openKeyRing } from './keys.ts';
import { DEFAULT_LIMITS, type AccountSettings } from './settings.ts';

// The other side is the simulator of both channels, which shares no line with the adapters.
const CALL_FAULTS: Readonly<Record<CallFault, FaultName>> = {
  lost: 'answer_lost', cut: 'cut_after', failed_before: 'server_error_before', failed_after: 'server_error_after', bad_gateway: 'bad_gateway', forged: 'answer_forged', too_frequent: 'frequency_limited',
};
const NOTIFICATION_FAULTS: Readonly<Record<NotificationFault, FaultName>> = {
  doubled: 'notification_doubled', forged: 'notification_forged', signature_probe: 'notification_signature_probe', wrong_amount: 'notification_wrong_amount', wrong_app: 'notification_wrong_app',
};

await describeChannel('WeChat Pay with platform certificates', () => openRig({ channel: 'wechatpay', verifyWith: 'certificate' }));
await describeChannel('WeChat Pay with its public key', () => openRig({ channel: 'wechatpay', verifyWith: 'public_key' }));
await describeChannel('Alipay', () => openRig({ channel: 'alipay' }));

async function openRig(wanted: NewMerchant): Promise<ChannelRig> {
  const peer = await startWalletChannel({ seed: 7, timeFactor: 0.001, refundSpacingMs: 0, confirmAboveFen: 1_000_000_000_000 });
  const merchant = await peer.control.createMerchant(wanted), sink = await openSink();
  let aheadMs = 0;
  const clock: Clock = { now: () => instant(Date.now() + aheadMs) };
  const { settings, environment } = accountOf(merchant, wanted);
  // Nobody waits long for an answer that was lost on purpose; every other one has its time, however busy the machine.
  const limits = { ...settings.limits, timeoutMs: 20_000, breakerFailures: 1_000 };
  const caller = createCaller({ limits, clock, monotonicMs: () => performance.now(), observer: ({ outcome }) => { if (outcome === 'timeout') caller.setLimits(limits); } });
  const channel = createChannel({
    settings, notifyUrl: sink.url, keys: openKeyRing({ folder: '/nowhere', operatorCode: 'demo', environment }), transport: caller.transport, clock, environment: 'T', random: randomBytes,
  });
  await channel.reloadKeys();
  sink.accept = () => channel.replyTo(true);
  return {
    channel, clock, merchant: merchant.merchantId, app: merchant.appIds[0]!,
    number: () => `T${randomBytes(14).toString('hex')}`,
    pay: (outTradeNo) => void peer.control.pay({ outTradeNo }),
    visit: async (url) => void await fetch(url, { redirect: 'manual' }),
    paymentCode: (kind) => kind === 'wrong' ? '99' : peer.control.paymentCode(wanted.channel, kind === 'pays' ? undefined : kind === 'confirms' ? 'confirm' : 'not_enough'),
    faultNext(fault, act) {
      if (fault === 'lost') caller.setLimits({ ...limits, timeoutMs: 300 });
      peer.control.forceFault(CALL_FAULTS[fault], { act });
    },
    faultNotification: (fault, outTradeNo) => peer.control.forceFault(NOTIFICATION_FAULTS[fault], { outTradeNo }),
    async notifications() {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await peer.control.idle();
      return sink.taken();
    },
    rotate: wanted.verifyWith !== 'certificate' ? null : async () => {
      await peer.control.rotateCertificate();
      aheadMs += 60_000;
    },
    makeStatements() {
      // The day begins at four in the afternoon of the day before, in UTC.
      const date = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
      peer.control.makeBills(date);
      return date;
    },
    pass: () => new Promise((resolve) => setTimeout(resolve, 30)),
    async close() {
      caller.close();
      await channel.close();
      await peer.close();
      await sink.close();
    },
  };
}

/** The simulator's keys as an operator would set them up: in the environment, named by reference. */
function accountOf(merchant: MerchantKeys, { verifyWith }: NewMerchant): { settings: AccountSettings; environment: Record<string, string> } {
  const prefix = 'KIRCHHOFF_CHANNEL_KEY__DEMO__', shared = { merchantId: merchant.merchantId, appId: merchant.appIds[0]!, privateKey: 'env:PRIVATE' as const, apiAddress: merchant.baseUrl, notifyOrigin: null, limits: DEFAULT_LIMITS };
  const [[id, pem] = ['', '']] = Object.entries(merchant.channelPublicKeys);
  const environment = { [`${prefix}PRIVATE`]: merchant.privateKeyPem!, [`${prefix}APIV3`]: merchant.apiV3Key, [`${prefix}CHANNEL`]: pem };
  const settings: AccountSettings = merchant.channel === 'alipay' ? { ...shared, kind: 'alipay', publicKeys: ['env:CHANNEL'] }
    : { ...shared, kind: 'wechatpay', certificateSerial: merchant.serial, apiV3Key: 'env:APIV3', verifyWith: verifyWith === 'certificate' ? 'certificates' : 'public_key', publicKeys: verifyWith === 'certificate' ? [] : [{ id, key: 'env:CHANNEL' }] };
  return { settings, environment };
}

type Sink = { readonly url: string; accept: () => { status: number; contentType: string; body: string }; taken(): RawNotification[]; close(): Promise<void> };
/** Where notifications come in: keeps the bytes as they are. */
async function openSink(): Promise<Sink> {
  const kept: RawNotification[] = [];
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      kept.push({ headers: Object.fromEntries(Object.entries(request.headers).map(([name, field]) => [name, String(field)])), body, receivedAt: instant(Date.now()) });
      const reply = sink.accept();
      response.writeHead(reply.status, { 'content-type': reply.contentType }).end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sink: Sink = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notify/0123456789abcdefghjkmnpqrs`, accept: () => ({ status: 500, contentType: 'text/plain', body: '' }),
    taken: () => kept.splice(0),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return sink;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
