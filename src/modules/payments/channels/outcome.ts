import type { Exchange, Outcome, RefusalReason } from '../domain/channel.ts';
import type { Download, NoAnswer, WireAnswer, WireRequest } from './transport.ts';

/** So much of a request or an answer is kept as evidence. */
export const EVIDENCE_LENGTH_MAX = 16_000;
/** Who pays and with which code; the first characters are kept so that two payers can be told apart. */
const PERSONAL = /"(openid|sp_openid|sub_openid|buyer_id|buyer_user_id|buyer_open_id|buyer_logon_id|buyer_user_name|auth_code|payer_client_ip|device_ip)"(\s*:\s*)"([^"]*)"/g;
const PERSONAL_KEPT = 4;

/** A text for the timeline: the payer's identity masked, cut to `EVIDENCE_LENGTH_MAX`. Signatures are in headers and parameters, which are never part of it. */
export function evidence(text: string): string {
  const masked = text.replace(PERSONAL, (_all, name: string, colon: string, value: string) => `"${name}"${colon}"${value.slice(0, PERSONAL_KEPT)}…"`);
  return masked.length > EVIDENCE_LENGTH_MAX ? `${masked.slice(0, EVIDENCE_LENGTH_MAX)}…` : masked;
}

/** @param shown the request without what must not be kept: address and body, no signature. */
export function exchangeOf(request: Pick<WireRequest, 'act'>, shown: string, answer: WireAnswer | Download | NoAnswer): Exchange {
  const base = { act: request.act, request: evidence(shown), sentAt: answer.sentAt };
  switch (answer.kind) {
    case 'answer': return { ...base, response: evidence(answer.body.toString('utf8')), httpStatus: answer.status, answeredAt: answer.answeredAt };
    case 'download': return { ...base, response: null, httpStatus: answer.status, answeredAt: answer.answeredAt };
    case 'none': return { ...base, response: null, httpStatus: null, answeredAt: null };
  }
}

export const confirmed = <T>(value: T, exchange: Exchange): Outcome<T> => ({ kind: 'confirmed', value, exchange });
export const refused = (reason: RefusalReason, detail: { readonly channelCode: string; readonly message: string }, exchange: Exchange): Outcome<never> =>
  ({ kind: 'refused', reason, channelCode: detail.channelCode, message: detail.message, exchange });
export const unknown = (reason: Extract<Outcome<never>, { kind: 'unknown' }>['reason'], message: string, exchange: Exchange): Outcome<never> => ({ kind: 'unknown', reason, message, exchange });
export const unverifiable = (message: string, exchange: Exchange): Outcome<never> => unknown('unverifiable_answer', message, exchange);

/** What is in an answer that was verified: reading it may still fail, and then the answer tells nothing. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

/** Fields of an answer by name, with their types checked: what is missing or of another form makes the whole answer unreadable. */
export type Fields = {
  text(name: string): string;
  textOrNull(name: string): string | null;
  /** A whole number: JSON numbers with a fraction or beyond 2^53 are none. */
  integer(name: string): bigint;
  integerOrNull(name: string): bigint | null;
  object(name: string): Fields;
  objectOrNull(name: string): Fields | null;
  list(name: string): readonly Fields[];
};

export function fieldsOf(value: unknown, where = 'the answer'): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableAnswer(`${where} is not an object`);
  const record = value as Readonly<Record<string, unknown>>;
  const wrong = (name: string): never => { throw new UnreadableAnswer(`${where} has no usable ${name}`); };
  const textOrNull = (name: string): string | null => {
    const field = record[name];
    return field === undefined || field === null || field === '' ? null : typeof field === 'string' ? field : wrong(name);
  };
  const integerOrNull = (name: string): bigint | null => {
    const field = record[name];
    return field === undefined || field === null ? null : typeof field === 'number' && Number.isSafeInteger(field) ? BigInt(field) : wrong(name);
  };
  const objectOrNull = (name: string): Fields | null => (record[name] === undefined || record[name] === null ? null : fieldsOf(record[name], name));
  return {
    text: (name) => textOrNull(name) ?? wrong(name), textOrNull,
    integer: (name) => integerOrNull(name) ?? wrong(name), integerOrNull,
    object: (name) => objectOrNull(name) ?? wrong(name), objectOrNull,
    list: (name) => { const field = record[name]; return Array.isArray(field) ? field.map((item) => fieldsOf(item, name)) : wrong(name); },
  };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UnreadableAnswer('the answer is not JSON');
  }
}
