/** A JSON log line as a person reads it: time, severity, sentence, fields. */
export function formatLine(line: string): string {
  const { level, at, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const { stack, rest } = takeStack(fields);
  const shown = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'string' && /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value)}`);
  return `${[String(at).slice(11, 19), String(level).padEnd(5), message, ...shown].join(' ')}\n${stack === undefined ? '' : `${stack}\n`}`;
}

function takeStack(fields: Record<string, unknown>): { stack: string | undefined; rest: Record<string, unknown> } {
  const { error } = fields;
  if (typeof error !== 'object' || error === null || !('stack' in error)) return { stack: undefined, rest: fields };
  const { stack, ...others } = error as Record<string, unknown>;
  return { stack: String(stack).split('\n').map((text) => `    ${text}`).join('\n'), rest: { ...fields, error: others } };
}
