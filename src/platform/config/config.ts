import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SETTINGS, type Config, type Setting, type SettingName } from './settings.ts';

export const CONFIG_FILE = 'kirchhoff.json';

/** What is wrong with the settings, all of it, each naming the setting, where it was set and what is allowed. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? problems[0] : `${problems.length} settings are wrong:\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

export type Source = { readonly from: 'default' } | { readonly from: 'file'; readonly path: string } | { readonly from: 'environment'; readonly variable: string } | { readonly from: 'option'; readonly option: string };
export type Explained = { readonly name: SettingName; readonly value: string | number | undefined; readonly source: Source; readonly overrides: readonly { readonly value: unknown; readonly source: Source }[] };

export type ConfigInput = {
  readonly environment: NodeJS.ProcessEnv;
  /** Where `kirchhoff.json` is looked for and relative paths start. */
  readonly workingFolder: string;
  /** Command line options by setting name; they win. */
  readonly options?: Partial<Record<SettingName, string>>;
};

/** defaults < file < environment < command line. @throws ConfigFault naming everything that is wrong. */
export function loadConfig(input: ConfigInput): { readonly config: Config; readonly explained: readonly Explained[]; readonly file: string | null } {
  const problems: string[] = [];
  const file = settingsFile(input);
  const fromFile = file === null ? {} : readSettingsFile(file, problems);
  const explained = (Object.keys(SETTINGS) as SettingName[]).map((name) => explainOne(name, { input, file, fromFile, problems }));
  if (problems.length > 0) throw new ConfigFault(problems);
  const values = Object.fromEntries(explained.map((item) => [item.name, item.value]));
  values['data.folder'] = resolve(input.workingFolder, String(values['data.folder']));
  return { config: values as unknown as Config, explained, file };
}

/** One file only, so that no second copy can be the one in force: `KIRCHHOFF_CONFIG`, else kirchhoff.json where the program runs. */
function settingsFile(input: ConfigInput): string | null {
  const named = input.environment.KIRCHHOFF_CONFIG;
  if (named !== undefined && named !== '') {
    const path = resolve(input.workingFolder, named);
    if (!existsSync(path)) throw new ConfigFault([`KIRCHHOFF_CONFIG names ${path}, which does not exist`]);
    return path;
  }
  const path = join(input.workingFolder, CONFIG_FILE);
  return existsSync(path) ? path : null;
}

function readSettingsFile(path: string, problems: string[]): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigFault([`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new ConfigFault([`${path} must be an object of settings, such as {"http.port": 8080}`]);
  for (const name of Object.keys(parsed)) {
    if (!Object.hasOwn(SETTINGS, name)) problems.push(`${path} sets "${name}", which is not a setting; \`kirchhoff config explain\` lists them`);
  }
  return parsed as Record<string, unknown>;
}

function explainOne(
  name: SettingName, from: { readonly input: ConfigInput; readonly file: string | null; readonly fromFile: Readonly<Record<string, unknown>>; readonly problems: string[] },
): Explained {
  const setting: Setting = SETTINGS[name];
  const candidates: { value: unknown; source: Source }[] = [{ value: setting.fallback, source: { from: 'default' } }];
  if (from.file !== null && Object.hasOwn(from.fromFile, name)) candidates.push({ value: from.fromFile[name], source: { from: 'file', path: from.file } });
  const variable = from.input.environment[setting.environment];
  if (variable !== undefined && variable !== '') candidates.push({ value: variable, source: { from: 'environment', variable: setting.environment } });
  const option = from.input.options?.[name];
  if (option !== undefined) candidates.push({ value: option, source: { from: 'option', option: name } });
  const chosen = candidates.at(-1)!;
  const value = chosen.source.from === 'default' ? setting.fallback : readValue(name, setting, { ...chosen, problems: from.problems });
  const overrides = candidates.slice(0, -1).filter((candidate) => candidate.value !== undefined).reverse();
  return { name, value, source: chosen.source, overrides };
}

function readValue(name: SettingName, setting: Setting, given: { value: unknown; source: Source; problems: string[] }): string | number | undefined {
  const text = String(given.value);
  const complain = (allowed: string): undefined => {
    // A secret that does not fit must not end in the log that reports it.
    const shown = setting.secret === true ? 'a value' : `"${text}"`;
    given.problems.push(`${setting.environment} (${name}) is ${shown} ${describeSource(given.source)}; allowed is ${allowed}`);
    return undefined;
  };
  switch (setting.kind) {
    case 'integer': {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return value >= setting.min && value <= setting.max ? value : complain(`a whole number from ${setting.min} to ${setting.max}`);
    }
    case 'choice':
      return setting.of.includes(text) ? text : complain(setting.of.join(', '));
    case 'text':
      return setting.pattern === undefined || setting.pattern.test(text) ? text : complain(`text of the form ${setting.pattern.source}`);
  }
}

export function describeSource(source: Source): string {
  switch (source.from) {
    case 'default': return 'by default';
    case 'file': return `in ${source.path}`;
    case 'environment': return `in the environment variable ${source.variable}`;
    case 'option': return 'on the command line';
  }
}
