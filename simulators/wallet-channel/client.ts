/** A merchant's side for the tests of the simulator: a small client that signs and verifies with node:crypto, and a server that takes notifications. */
import { createDecipheriv, createPublicKey, createSign, createVerify, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chinaTime } from './clock.ts';
import type { MerchantKeys } from './keys.ts';

export type WechatReply = { readonly status: number; readonly body: Record<string, unknown>; readonly raw: Buffer; readonly verified: boolean };
type Said = Readonly<Record<string, unknown>>;

export type Overrides = { readonly serial?: string; readonly timestamp?: number; readonly tamper?: boolean; readonly headers?: Readonly<Record<string, string>> };

/** Calls WeChat Pay's API as the merchant. */
export async function wechat(keys: MerchantKeys, method: string, path: string, content?: Said, overrides: Overrides = {}): Promise<WechatReply> {
  const body = content ? JSON.stringify(content) : '';
  const timestamp = overrides.timestamp ?? Math.floor(Date.now() / 1_000);
  const nonce = randomUUID().replaceAll('-', '');
  const signature = createSign('RSA-SHA256').update(`${method}\n${path}\n${timestamp}\n${nonce}\n${overrides.tamper ? `${body} ` : body}\n`).sign(keys.privateKeyPem!, 'base64');
  const response = await fetch(`${keys.baseUrl}${path}`, {
    method, ...(content ? { body } : {}), headers: {
      Accept: 'application/json', 'User-Agent': 'wallet-channel test', ...(content ? { 'Content-Type': 'application/json' } : {}), ...overrides.headers,
      Authorization: `WECHATPAY2-SHA256-RSA2048 mchid="${keys.merchantId}",nonce_str="${nonce}",signature="${signature}",timestamp="${timestamp}",serial_no="${overrides.serial ?? keys.serial}"`,
    },
  });
  const raw = Buffer.from(await response.arrayBuffer());
  const json = response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(raw.toString()) as Record<string, unknown> : {};
  return { status: response.status, body: json, raw, verified: wechatVerified(keys, Object.fromEntries(response.headers), raw.toString()) };
}

export function wechatVerified(keys: MerchantKeys, headers: IncomingHttpHeaders | Record<string, string>, body: string): boolean {
  const pem = keys.channelPublicKeys[String(headers['wechatpay-serial'])];
  if (!pem) return false;
  return createVerify('RSA-SHA256').update(`${String(headers['wechatpay-timestamp'])}\n${String(headers['wechatpay-nonce'])}\n${body}\n`).verify(createPublicKey(pem), String(headers['wechatpay-signature']), 'base64');
}

export function decrypt(keys: MerchantKeys, resource: { ciphertext: string; nonce: string; associated_data: string }): string {
  const bytes = Buffer.from(resource.ciphertext, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', keys.apiV3Key, resource.nonce).setAAD(Buffer.from(resource.associated_data)).setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString();
}

const sorted = (parameters: Record<string, string>, without: readonly string[]): string => Object.entries(parameters).filter(([name, value]) => !without.includes(name) && value !== '').sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, value]) => `${name}=${value}`).join('&');

export function alipayForm(keys: MerchantKeys, method: string, content: Said, more: Record<string, string> = {}): URLSearchParams {
  const parameters: Record<string, string> = {
    app_id: keys.appIds[0]!, method, format: 'JSON', charset: 'utf-8', sign_type: 'RSA2', timestamp: chinaTime(Date.now()), version: '1.0', biz_content: JSON.stringify(content), ...more,
  };
  return new URLSearchParams({ ...parameters, sign: createSign('RSA-SHA256').update(sorted(parameters, ['sign'])).sign(keys.privateKeyPem!, 'base64') });
}

/** Calls Alipay's gateway as the merchant; `verified` is whether the signature covers the node's own text. */
export async function alipay(keys: MerchantKeys, method: string, content: Said, more: Record<string, string> = {}): Promise<{ body: Record<string, string>; verified: boolean }> {
  const response = await fetch(keys.baseUrl, { method: 'POST', body: alipayForm(keys, method, content, more) });
  const text = await response.text();
  const whole = JSON.parse(text) as Record<string, unknown>;
  const name = `${method.replaceAll('.', '_')}_response`;
  const start = text.indexOf(`"${name}":`) + name.length + 3;
  const node = text.slice(start, text.lastIndexOf(',"sign"'));
  return { body: whole[name] as Record<string, string>, verified: createVerify('RSA-SHA256').update(node).verify(keys.channelPublicKeys.alipay!, String(whole.sign), 'base64') };
}

export function alipayVerified(keys: MerchantKeys, form: Record<string, string>): boolean {
  return createVerify('RSA-SHA256').update(sorted(form, ['sign', 'sign_type'])).verify(keys.channelPublicKeys.alipay!, form.sign ?? '', 'base64');
}

export type Taken = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string; readonly at: number };
export type Inbox = { readonly url: string; readonly taken: Taken[]; answer: (taken: Taken) => { status: number; body?: string }; /** The first so many whose address ends in this. */ until(count: number, path: string): Promise<readonly Taken[]>; close(): Promise<void> };

/** Takes notifications on a port of its own. */
export async function openInbox(): Promise<Inbox> {
  const waiting: (() => void)[] = [];
  const inbox: Inbox = {
    url: '', taken: [], answer: (taken) => (String(taken.headers['content-type']).startsWith('application/json') ? { status: 204 } : { status: 200, body: 'success' }),
    async until(count, path) {
      const deadline = performance.now() + 15_000;
      for (;;) {
        const found = inbox.taken.filter((taken) => taken.path.endsWith(path));
        if (found.length >= count) return found;
        if (performance.now() > deadline) throw new Error(`only ${found.length} of ${count} notifications came to ${path}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 500);
          waiting.push(() => { clearTimeout(timer); resolve(); });
        });
      }
    },
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve()); }),
  };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => { body += piece; }).on('end', () => {
      const taken = { path: request.url ?? '', headers: request.headers, body, at: performance.now() };
      inbox.taken.push(taken);
      const { status, body: said } = inbox.answer(taken);
      response.writeHead(status).end(said);
      for (const wake of waiting.splice(0)) wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(inbox, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notify` });
}
