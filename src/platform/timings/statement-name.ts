const NAMES_KEPT_MAX = 2_000;
const names = new Map<string, string>();

/** What a statement is called in figures: its own name, or its verb and the first table or function of a schema of ours. Never a value. */
export function statementName(statement: string | { readonly name: string }): string {
  if (typeof statement !== 'string') return statement.name;
  const known = names.get(statement);
  if (known !== undefined) return known;
  const verb = /^\s*([a-z]+)/i.exec(statement)?.[1]?.toLowerCase() ?? 'statement';
  const subject = /\b(?:from|into|update|call|join|table)\s+(?:only\s+)?([a-z_]+\.[a-z_]+)/i.exec(statement)?.[1] ?? /\b([a-z_]+\.[a-z_]+)\s*\(/i.exec(statement)?.[1];
  const name = subject === undefined ? verb : `${verb} ${subject.toLowerCase()}`;
  // Texts are written in the program; one that is put together anew each time must not fill the memory.
  if (names.size < NAMES_KEPT_MAX) names.set(statement, name);
  return name;
}
