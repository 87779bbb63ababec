/** Calls of Alipay's gateway: signed, answered, verified. What the answers mean is not known here. */
import type { KeyObject } from 'node:crypto';
import type { Exchange, Outcome } from '../../domain/channel.ts';
import type { AdapterContext } from '../adapter.ts';
import { beijingDateTime } from '../beijing-time.ts';
import { KeyFault, publicKeysOf } from '../keys.ts';
import { exchangeOf, fieldsOf, parseJson, refused, unknown, UnreadableAnswer, unverifiable, type Fields } from '../outcome.ts';
import type { AlipaySettings } from '../settings.ts';
import { isSystemError, refusalReason } from './answers.ts';
import { isSignedBy, memberTexts, parametersText, signText } from './signature.ts';

export type AlipayContext = AdapterContext<AlipaySettings & { readonly apiAddress: string }>;
export type Content = Readonly<Record<string, unknown>>;
type Unknown = Extract<Outcome<never>, { kind: 'unknown' }>;
/** `code` is 10000 (done) or 10003 (the payer is asked). */
export type Answered = { readonly kind: 'answered'; readonly code: string; readonly fields: Fields; readonly exchange: Exchange };
export type Declined = { readonly kind: 'declined'; readonly subCode: string; readonly exchange: Exchange; readonly outcome: Outcome<never> };

export type AlipayClient = {
  ask(method: string, content: Content, options?: { readonly notify?: boolean }): Promise<Answered | Declined | Unknown>;
  /** A signed address for the payer's browser; nothing is sent. */
  address(method: string, content: Content): Promise<{ readonly url: string; readonly exchange: Exchange } | Unknown>;
  publicKeys(): readonly KeyObject[];
  reloadKeys(): Promise<void>;
};

export function createAlipayClient(context: AlipayContext): AlipayClient {
  const { settings, clock, keys, transport } = context;
  let publicKeys: readonly KeyObject[] = [], loaded: Promise<unknown> | null = null;
  const loadKeys = async (): Promise<KeyFault | null> => {
    const { found, fault } = await publicKeysOf(keys, settings.publicKeys.map((key) => ({ name: null, key })));
    publicKeys = found.map(([, key]) => key);
    return fault;
  };
  const ready = (): Promise<unknown> => loaded ??= loadKeys().catch((error: unknown) => { loaded = null; throw error; });

  async function signedParameters(method: string, content: Content, notify: boolean): Promise<Record<string, string>> {
    const parameters = {
      app_id: settings.appId, method, format: 'JSON', charset: 'utf-8', sign_type: 'RSA2', timestamp: beijingDateTime(clock.now()), version: '1.0',
      ...(notify ? { notify_url: context.notifyUrl } : {}), biz_content: JSON.stringify(content),
    };
    return { ...parameters, sign: signText(parametersText(parameters, ['sign']), await keys.get(settings.privateKey, 'private')) };
  }
  const unsent = (act: string, shown: string, fault: KeyFault): Unknown =>
    ({ kind: 'unknown', reason: 'connection', message: `nothing was sent: ${fault.message}`, exchange: { act, request: shown, response: null, httpStatus: null, sentAt: clock.now(), answeredAt: null } });

  return {
    publicKeys: () => publicKeys,
    async ask(method, content, { notify = false } = {}) {
      const act = method.replace(/^alipay\./, ''), shown = `POST ${method}\n${JSON.stringify(content)}`;
      try {
        await ready();
        const { biz_content: body, ...rest } = await signedParameters(method, content, notify);
        const answer = await transport.send({
          act, method: 'POST', url: `${settings.apiAddress}?${new URLSearchParams(rest)}`, body: new URLSearchParams({ biz_content: body! }).toString(),
          headers: { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8', accept: 'application/json', 'user-agent': 'kirchhoff' },
        });
        const exchange = exchangeOf({ act }, shown, answer);
        if (answer.kind === 'none') return unknown(answer.reason, answer.message, exchange) as Unknown;
        if (answer.status >= 500) return unknown('system_error', `the channel answered ${answer.status}`, exchange) as Unknown;
        if (answer.status !== 200) return unverifiable(`an answer with status ${answer.status}`, exchange) as Unknown;
        return judge(answer.body.toString('utf8'), { method, exchange, publicKeys });
      } catch (error) {
        if (error instanceof KeyFault) return unsent(act, shown, error);
        throw error;
      }
    },
    async address(method, content) {
      const act = method.replace(/^alipay\./, ''), shown = `address of ${method}\n${JSON.stringify(content)}`;
      try {
        const url = `${settings.apiAddress}?${new URLSearchParams(await signedParameters(method, content, true))}`;
        return { url, exchange: { act, request: shown, response: null, httpStatus: null, sentAt: clock.now(), answeredAt: clock.now() } };
      } catch (error) {
        if (error instanceof KeyFault) return unsent(act, shown, error);
        throw error;
      }
    },
    async reloadKeys() {
      await keys.reload();
      const fault = await loadKeys();
      loaded = Promise.resolve();
      if (fault !== null) throw fault;
    },
  };
}

/** These are answered by the gateway before it knows who asks, and are not always signed; none of them says anything about money. */
const UNSIGNED_REFUSALS: ReadonlySet<string> = new Set(['40001', '40002', '40003', '40005', '40006', '20001']);

function judge(text: string, { method, exchange, publicKeys }: { method: string; exchange: Exchange; publicKeys: readonly KeyObject[] }): Answered | Declined | Unknown {
  const doubt = (message: string) => unverifiable(message, exchange) as Unknown;
  const members = memberTexts(text), node = members?.get(`${method.replaceAll('.', '_')}_response`) ?? members?.get('error_response');
  if (members === null || node === undefined) return doubt('the answer has not the form of an answer');
  try {
    const sign = members.get('sign'), signature = sign === undefined ? null : fieldsOf({ sign: parseJson(sign) }).textOrNull('sign');
    const fields = fieldsOf(parseJson(node)), code = fields.text('code'), subCode = fields.textOrNull('sub_code') ?? '', message = fields.textOrNull('sub_msg') ?? fields.textOrNull('msg') ?? '';
    if (signature === null ? !UNSIGNED_REFUSALS.has(code) : !isSignedBy(node, signature, publicKeys)) return doubt('the signature of the answer is missing or does not fit');
    if (code === '10000' || code === '10003') return { kind: 'answered', code, fields, exchange };
    if (isSystemError(code, subCode)) return unknown('system_error', `${code} ${subCode}: ${message}`, exchange) as Unknown;
    return { kind: 'declined', subCode, exchange, outcome: refused(refusalReason(code, subCode), { channelCode: subCode === '' ? code : subCode, message }, exchange) };
  } catch (error) {
    if (error instanceof UnreadableAnswer) return doubt(error.message);
    throw error;
  }
}
