/** What a command understands: the help text and the parser are made from it. */
export type OptionSpec = {
  readonly name: string;
  /** The value's name in the help text; absent for a switch. */
  readonly value?: string;
  readonly about: string;
  readonly repeatable?: true;
};

export type CommandSpec = {
  readonly name: string;
  readonly summary: string;
  /** Words after the command, e.g. "FILE"; `parseOptions` counts them. */
  readonly words?: readonly { readonly name: string; readonly optional?: true; readonly about: string }[];
  readonly options: readonly OptionSpec[];
  readonly detail?: string;
  readonly exitCodes?: Readonly<Record<number, string>>;
  readonly examples?: readonly string[];
};

export type Parsed = {
  readonly words: readonly string[];
  has(name: string): boolean;
  text(name: string): string | undefined;
  all(name: string): readonly string[];
};

/** What was typed does not fit the command; the message says what would. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
}

const HELP: OptionSpec = { name: 'help', about: 'Show this help.' };

/** Reads `--name value`, `--name=value` and words; `--` ends the options. @throws UsageFault. */
export function parseOptions(spec: CommandSpec, args: readonly string[]): Parsed {
  const options = new Map([...spec.options, HELP].map((option) => [option.name, option]));
  const values = new Map<string, string[]>();
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') { words.push(...args.slice(i + 1)); break; }
    if (arg === '-h') { values.set('help', ['']); continue; }
    if (!arg.startsWith('-') || arg === '-') { words.push(arg); continue; }
    const [name = '', inline] = splitOnce(arg.replace(/^--?/, ''), '=');
    const option = options.get(name);
    if (!option || !arg.startsWith('--')) throw new UsageFault(`${spec.name} has no option ${arg}${suggestion(name, [...options.keys()].map((key) => `--${key}`))}`);
    if (option.value === undefined && inline !== undefined) throw new UsageFault(`--${name} takes no value`);
    const value = option.value === undefined ? '' : inline ?? args[++i];
    if (value === undefined) throw new UsageFault(`--${name} needs a value: --${name} ${option.value}`);
    if (values.has(name) && option.repeatable !== true) throw new UsageFault(`--${name} is given twice`);
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  if (!values.has('help')) checkWords(spec, words);
  return { words, has: (name) => values.has(name), text: (name) => values.get(name)?.at(-1), all: (name) => values.get(name) ?? [] };
}

function checkWords(spec: CommandSpec, words: readonly string[]): void {
  const allowed = spec.words ?? [];
  if (words.length > allowed.length) throw new UsageFault(`${spec.name} does not understand "${words[allowed.length]}"`);
  const missing = allowed.slice(words.length).find((word) => word.optional !== true);
  if (missing) throw new UsageFault(`${spec.name} needs ${missing.name}: ${missing.about}`);
}

const splitOnce = (text: string, separator: string): [string, string?] => {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
};

/** ", did you mean --json?" for the nearest of the known words, or nothing when none is near. */
export function suggestion(typed: string, known: readonly string[]): string {
  const bare = (word: string): string => word.replace(/^--/, '');
  const nearest = known.map((word) => ({ word, distance: editDistance(typed, bare(word)) })).sort((a, b) => a.distance - b.distance)[0];
  return nearest && nearest.distance <= Math.ceil(bare(nearest.word).length / 3) ? `, did you mean ${nearest.word}?` : '';
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}

export function helpText(spec: CommandSpec): string {
  const words = (spec.words ?? []).map((word) => (word.optional ? `[${word.name}]` : word.name));
  const lines = [`kirchhoff ${[spec.name, ...words, '[options]'].join(' ')}`, '', spec.summary];
  if (spec.detail !== undefined) lines.push('', spec.detail);
  const table = (rows: readonly (readonly [string, string])[]): string[] => {
    const width = Math.max(...rows.map(([left]) => left.length));
    return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
  };
  if (spec.words && spec.words.length > 0) lines.push('', ...table(spec.words.map((word) => [word.name, word.about] as const)));
  lines.push('', 'Options:', ...table([...spec.options, HELP].map((option) => [`--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`, option.about] as const)));
  const codes = { 0: 'done', 2: 'the command line is wrong', ...spec.exitCodes };
  lines.push('', 'Exit codes:', ...table(Object.entries(codes).map(([code, meaning]) => [code, meaning] as const)));
  if (spec.examples) lines.push('', 'Examples:', ...spec.examples.map((example) => `  ${example}`));
  return lines.join('\n');
}
