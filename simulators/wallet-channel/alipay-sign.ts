/** Alipay RSA2: SHA256withRSA over the parameters sorted by name, without empty ones and without `sign`. */
import { verify, type KeyObject } from 'node:crypto';
import { signAsync } from './wechatpay-sign.ts';

export type Parameters = Readonly<Record<string, string>>;

/** Requests sign `sign_type` too; notifications leave it out. */
export const signedText = (parameters: Parameters, without: readonly string[]): string => Object.keys(parameters).filter((name) => !without.includes(name) && parameters[name] !== '').sort()
  .map((name) => `${name}=${parameters[name]}`).join('&');

export const requestFits = (parameters: Parameters, key: KeyObject): boolean => verify('RSA-SHA256', Buffer.from(signedText(parameters, ['sign'])), key, Buffer.from(parameters.sign ?? '', 'base64'));

/** The answer of the gateway: the signature covers the node's text exactly as it stands in the body. */
export async function signedResponse(method: string, content: Readonly<Record<string, unknown>>, key: KeyObject): Promise<string> {
  const node = JSON.stringify(content);
  return `{"${method.replaceAll('.', '_')}_response":${node},"sign":"${await signAsync(node, key)}"}`;
}

export async function signedNotification(parameters: Parameters, key: KeyObject): Promise<string> {
  const sign = await signAsync(signedText(parameters, ['sign', 'sign_type']), key);
  return new URLSearchParams({ ...parameters, sign_type: 'RSA2', sign }).toString();
}
