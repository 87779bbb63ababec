import { CATALOGUE, type ErrorCode } from './catalogue.ts';

/** docs/reference/errors.md as it must be: written by `node tools/contract.ts`, compared by a test. */
export function errorReference(): string {
  const codes = Object.keys(CATALOGUE) as ErrorCode[];
  const lines = codes.toSorted().map((code) => {
    const { status, en, zh } = CATALOGUE[code];
    return `| \`${code}\` | ${status} | ${en.title} | ${en.whatToDo} | ${zh.title} | ${zh.whatToDo} |`;
  });
  return [
    '# Errors',
    '',
    'Every error of the HTTP API is `application/problem+json` (RFC 9457) with a stable `code`. Match on the code, never on the text. A code keeps its',
    'meaning for good and is never used for another. `title` and `whatToDo` come in English, or in Chinese with `Accept-Language: zh`. `requestId` is what to',
    'quote when reporting a problem; `errors` lists wrong fields by JSON pointer; `data` carries what the code promises, as decimal strings where numbers may be large.',
    '',
    'This page is made from `src/platform/errors/catalogue.ts` by `node tools/contract.ts`.',
    '',
    '| Code | Status | What happened | What to do | 发生了什么 | 怎么办 |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}
