import { BackupFault } from '../platform/backup/index.ts';
import { ConfigFault, loadConfig, type Config, type SettingName } from '../platform/config/index.ts';
import { MigrationFault } from '../platform/database/index.ts';
import { SchemaIncomplete } from '../platform/schema-check/index.ts';
import { MasterKeyFault } from '../platform/secrets/index.ts';
import { EXIT, type Io } from './io.ts';
import { ROOT, StartFault } from './open-system.ts';
import { helpText, parseOptions, UsageFault, type CommandSpec, type Parsed } from './options.ts';

export type Command = CommandSpec & {
  /** @returns the exit code. */
  readonly run: (parsed: Parsed, io: Io) => Promise<number>;
};

/** What the person at the keyboard can put right: told in their words, without a stack. */
const OPERATOR_FAULTS = [StartFault, MasterKeyFault, MigrationFault, SchemaIncomplete, ConfigFault, BackupFault] as const;

/** Parses, helps, runs, and turns what the operator can put right into one line instead of a stack. */
export async function runCommand(command: Command, args: readonly string[], io: Io): Promise<number> {
  try {
    const parsed = parseOptions(command, args);
    if (parsed.has('help')) {
      io.out(helpText(command));
      return EXIT.ok;
    }
    return await command.run(parsed, io);
  } catch (error) {
    if (error instanceof UsageFault) {
      io.err(`${error.message}\n\`kirchhoff ${command.name} --help\` shows what there is.`);
      return EXIT.usage;
    }
    if (OPERATOR_FAULTS.some((fault) => error instanceof fault)) {
      io.err((error as Error).message);
      return EXIT.failed;
    }
    throw error;
  }
}

/** The settings for a command; relative paths start at the checkout, so it is the same data wherever the command is called from. */
export const configFor = (io: Io, options: Partial<Record<SettingName, string>> = {}): ReturnType<typeof loadConfig> & { config: Config } =>
  loadConfig({ environment: io.env, workingFolder: ROOT, options });
