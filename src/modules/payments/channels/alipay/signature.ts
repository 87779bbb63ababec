import { sign, verify, type KeyObject } from 'node:crypto';

/** RSA2: SHA256 with RSA PKCS#1 v1.5, in base64. */
export const signText = (text: string, key: KeyObject): string => sign('sha256', Buffer.from(text, 'utf8'), key).toString('base64');
export const isSignedBy = (text: string, signature: string, keys: readonly KeyObject[]): boolean =>
  keys.some((key) => verify('sha256', Buffer.from(text, 'utf8'), key, Buffer.from(signature, 'base64')));

/** Parameters in the order of their names, `name=value` joined by `&`, without those in `except` and, unless asked for, without the empty ones. */
export const parametersText = (parameters: Readonly<Record<string, string>>, except: readonly string[], { withEmpty = false } = {}): string =>
  Object.keys(parameters).filter((name) => (withEmpty || parameters[name] !== '') && !except.includes(name)).sort().map((name) => `${name}=${parameters[name]}`).join('&');

/**
 * The members of a JSON object with the text of each value as it stands: an answer is signed over the text of its node, so that nothing may be parsed and written again
 * before it is verified. @returns null for a text that is no object.
 */
export function memberTexts(json: string): Map<string, string> | null {
  const members = new Map<string, string>();
  let at = skipSpace(json, 0);
  if (json[at] !== '{') return null;
  at = skipSpace(json, at + 1);
  while (json[at] === '"') {
    const nameEnd = endOfString(json, at);
    if (nameEnd === null) return null;
    const colon = skipSpace(json, nameEnd);
    if (json[colon] !== ':') return null;
    const valueAt = skipSpace(json, colon + 1), valueEnd = endOfValue(json, valueAt);
    if (valueEnd === null) return null;
    members.set(json.slice(at + 1, nameEnd - 1), json.slice(valueAt, valueEnd));
    at = skipSpace(json, valueEnd);
    if (json[at] === '}') return members;
    if (json[at] !== ',') return null;
    at = skipSpace(json, at + 1);
  }
  return json[at] === '}' ? members : null;
}

function skipSpace(json: string, from: number): number {
  let at = from;
  while (json[at] === ' ' || json[at] === '\n' || json[at] === '\r' || json[at] === '\t') at++;
  return at;
}
function endOfString(json: string, from: number): number | null {
  for (let at = from + 1; at < json.length; at++) {
    if (json[at] === '\\') at++;
    else if (json[at] === '"') return at + 1;
  }
  return null;
}
function endOfValue(json: string, from: number): number | null {
  if (json[from] === '"') return endOfString(json, from);
  if (json[from] !== '{' && json[from] !== '[') {
    let at = from;
    while (at < json.length && !',}] \n\r\t'.includes(json[at]!)) at++;
    return at === from ? null : at;
  }
  let depth = 0;
  for (let at = from; at < json.length; at++) {
    const char = json[at];
    if (char === '"') at = (endOfString(json, at) ?? json.length) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1;
  }
  return null;
}
