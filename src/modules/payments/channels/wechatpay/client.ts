/** Calls of WeChat Pay's API v3: signed, answered, verified. What the answers mean is not known here. */
import type { KeyObject } from 'node:crypto';
import type { Exchange, Outcome } from '../../domain/channel.ts';
import type { AdapterContext } from '../adapter.ts';
import { KeyFault, publicKeysOf } from '../keys.ts';
import { exchangeOf, fieldsOf, parseJson, refused, unknown, UnreadableAnswer, unverifiable, type Fields } from '../outcome.ts';
import type { WechatPaySettings } from '../settings.ts';
import type { Download, NoAnswer, WireAnswer, WireRequest } from '../transport.ts';
import { codeName, refusalReason, STATEMENT_CREATING, SYSTEM_ERRORS, USER_PAYING } from './answers.ts';
import { createPlatformKeys, signedHeaders, type PlatformKeys, type Verification } from './platform-keys.ts';
import { authorization, requestText, signText } from './signature.ts';

export type WechatContext = AdapterContext<WechatPaySettings & { readonly apiAddress: string }>;
export type Asked = { readonly act: string; readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: Readonly<Record<string, unknown>> };
/** A verified answer that is not a refusal: its fields, null for an empty one. */
export type Answered = { readonly kind: 'answered'; readonly fields: Fields | null; readonly exchange: Exchange };
export type Declined = { readonly kind: 'declined'; readonly code: string; readonly message: string; readonly exchange: Exchange; readonly outcome: Outcome<never> };

export type WechatClient = {
  /** Asks and verifies. Unknown outcomes come as they are. `declined` is a refusal with its code, for acts where a code means more than its reason. */
  ask(asked: Asked): Promise<Answered | Declined | Extract<Outcome<never>, { kind: 'unknown' }>>;
  /** A signed request whose answer is not signed: statements. */
  download(asked: { readonly act: string; readonly url: string }): Promise<Download | NoAnswer>;
  privateKey(): Promise<KeyObject>;
  readonly platformKeys: PlatformKeys;
  apiV3Key(): KeyObject | null;
  reloadKeys(): Promise<void>;
};

export function createWechatClient(context: WechatContext): WechatClient {
  const { settings, transport, clock, keys } = context;
  const platformKeys = createPlatformKeys({ clock });
  let apiV3Key: KeyObject | null = null, loaded: Promise<unknown> | null = null, downloading: Promise<void> | null = null;
  const privateKey = () => keys.get(settings.privateKey, 'private');

  async function loadKeys(): Promise<KeyFault | null> {
    apiV3Key = await keys.get(settings.apiV3Key, 'symmetric');
    const { found, fault } = await publicKeysOf(keys, settings.publicKeys.map(({ id, key }) => ({ name: id, key })));
    platformKeys.setPublicKeys(new Map(found));
    return fault;
  }
  const ready = (): Promise<unknown> => loaded ??= loadKeys().catch((error: unknown) => { loaded = null; throw error; });

  async function signedRequest({ act, method, url, body }: Omit<WireRequest, 'headers'>): Promise<WireRequest> {
    const timestamp = String(Math.floor(clock.now() / 1000)), nonce = context.random(16).toString('hex');
    const signature = signText(requestText({ method, url: new URL(url), timestamp, nonce, body: body ?? '' }), await privateKey());
    return {
      act, method, url, body,
      headers: {
        authorization: authorization({ merchantId: settings.merchantId, certificateSerial: settings.certificateSerial, nonce, timestamp, signature }),
        accept: 'application/json', 'user-agent': 'kirchhoff', ...(body === null ? {} : { 'content-type': 'application/json' }),
        // Asks for an answer signed with this public key; without it a merchant that has both may get either.
        ...(settings.verifyWith === 'public_key' && settings.publicKeys[0] ? { 'wechatpay-serial': settings.publicKeys[0].id } : {}),
      },
    };
  }

  /** One download at a time; whoever else wants one waits for it. */
  const downloadCertificates = (): Promise<void> => downloading ??= (async () => {
    if (settings.verifyWith !== 'certificates' || !platformKeys.downloadIsDue()) return;
    platformKeys.noteDownload();
    const answer = await transport.send(await signedRequest({ act: 'certificates', method: 'GET', url: `${settings.apiAddress}/v3/certificates`, body: null }));
    if (answer.kind === 'none' || answer.status !== 200) return;
    const headers = signedHeaders((name) => answer.headers.get(name), answer.body);
    if (headers !== null && apiV3Key !== null) platformKeys.takeCertificates(answer.body, headers, apiV3Key);
  })().catch((error: unknown) => { if (!(error instanceof UnreadableAnswer)) throw error; }).finally(() => { downloading = null; });

  async function verification(answer: WireAnswer): Promise<Verification | 'unsigned'> {
    const headers = signedHeaders((name) => answer.headers.get(name), answer.body);
    if (headers === null) return 'unsigned';
    const verdict = platformKeys.verify(headers, clock.now());
    if (verdict !== 'unknown_serial') return verdict;
    await downloadCertificates();
    return platformKeys.verify(headers, clock.now());
  }

  return {
    platformKeys, privateKey, apiV3Key: () => apiV3Key,
    async ask({ act, method, path, body }) {
      const text = body === undefined ? null : JSON.stringify(body), shown = `${method} ${path}${text === null ? '' : `\n${text}`}`;
      try {
        await ready();
        await downloadCertificates();
        const request = await signedRequest({ act, method, url: settings.apiAddress + path, body: text });
        const answer = await transport.send(request);
        const exchange = exchangeOf(request, shown, answer);
        if (answer.kind === 'none') return unknown(answer.reason, answer.message, exchange) as Extract<Outcome<never>, { kind: 'unknown' }>;
        return await judge(answer, exchange, verification);
      } catch (error) {
        if (error instanceof KeyFault) return unsent(act, shown, error, clock.now());
        throw error;
      }
    },
    async download({ act, url }) {
      await ready();
      return await transport.download(await signedRequest({ act, method: 'GET', url, body: null }));
    },
    async reloadKeys() {
      await keys.reload();
      const fault = await loadKeys();
      loaded = Promise.resolve();
      await downloadCertificates();
      if (fault !== null) throw fault;
    },
  };
}

/** Without its key nothing can be said to the channel, so nothing was. */
export const unsent = (act: string, shown: string, fault: KeyFault, at: Exchange['sentAt']): Extract<Outcome<never>, { kind: 'unknown' }> =>
  ({ kind: 'unknown', reason: 'connection', message: `nothing was sent: ${fault.message}`, exchange: { act, request: shown, response: null, httpStatus: null, sentAt: at, answeredAt: null } });

type Judged = Answered | Declined | Extract<Outcome<never>, { kind: 'unknown' }>;
async function judge(answer: WireAnswer, exchange: Exchange, verification: (answer: WireAnswer) => Promise<Verification | 'unsigned'>): Promise<Judged> {
  const doubt = (message: string) => unverifiable(message, exchange) as Judged;
  if (answer.status >= 500) return unknown('system_error', `the channel answered ${answer.status}`, exchange) as Judged;
  const verdict = await verification(answer);
  // Successes are always signed. Of refusals only those of the business are; the gateway before it (wrong signature, too many calls) answers without one.
  const unsignedRefusal = verdict === 'unsigned' && answer.status >= 400;
  if (verdict !== 'genuine' && !unsignedRefusal) return doubt(`the answer cannot be verified: ${verdict}`);
  try {
    const text = answer.body.toString('utf8'), fields = text.trim() === '' ? null : fieldsOf(parseJson(text));
    if (answer.status === 200 || answer.status === 204) return { kind: 'answered', fields, exchange };
    if (answer.status !== 202 && answer.status < 400) return doubt(`an answer with status ${answer.status}`);
    if (fields === null) return doubt(`an empty answer with status ${answer.status}`);
    const code = answer.status === 202 ? (fields.textOrNull('code') ?? 'USERPAYING') : fields.text('code');
    return declined({ code, message: fields.textOrNull('message') ?? '', exchange, status: answer.status });
  } catch (error) {
    if (error instanceof UnreadableAnswer) return doubt(error.message);
    throw error;
  }
}

function declined({ code, message, exchange, status }: { code: string; message: string; exchange: Exchange; status: number }): Judged {
  const name = codeName(code);
  if (SYSTEM_ERRORS.has(name)) return unknown('system_error', `${code}: ${message}`, exchange) as Judged;
  if (name === STATEMENT_CREATING) return unknown('channel_busy', `${code}: ${message}`, exchange) as Judged;
  const reason = status === 429 ? 'too_frequent' : USER_PAYING.has(name) ? 'other' : refusalReason(code, message);
  return { kind: 'declined', code, message, exchange, outcome: refused(reason, { channelCode: code, message }, exchange) };
}
