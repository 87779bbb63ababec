const SECRET_NAME = /(pass(word|wd|phrase)?|secret|token|authori[sz]ation|cookie|credential|api_?key|master_?key|private_?key|id_?tag|^pin$)s?$/i;
/** What a record names without being a secret itself. */
const HARMLESS_NAME = /^(idempotency_?key_?hash|token_?kind|token_?type|token_?id|tag_?id)$/i;
const URL_CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi;
const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/g;
export const REDACTED = '[redacted]';
const DEPTH_MAX = 6, ENTRIES_MAX = 100, TEXT_LENGTH_MAX = 8_192;

/** A copy of log fields that holds no secret: by the field's name at any depth, and by shape inside text (URLs, authorization headers). */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, ENTRIES_MAX).map((item) => redact(item, depth + 1));
  return Object.fromEntries(Object.entries(value).slice(0, ENTRIES_MAX).map(([name, field]) =>
    [name, SECRET_NAME.test(name) && !HARMLESS_NAME.test(name) && field !== null && field !== undefined ? REDACTED : redact(field, depth + 1)]));
}

export const redactText = (text: string): string =>
  (text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text)
    .replace(URL_CREDENTIALS, `$1${REDACTED}@`).replace(BEARER, `$1 ${REDACTED}`);

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    type: error.name, message: redactText(error.message), ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
    ...(error.cause === undefined || depth >= DEPTH_MAX ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
