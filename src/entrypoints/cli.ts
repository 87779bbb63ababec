import { fileURLToPath } from 'node:url';
import { runCommand, type Command } from './command.ts';
import { EXIT, processIo, type Io } from './io.ts';
import { suggestion } from './options.ts';

type Entry = { readonly summary: string; readonly load: () => Promise<Command> };

/** Loaded when called: `kirchhoff --help` reads none of them. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  start: { summary: 'start everything, until Ctrl-C', load: async () => (await import('./start.ts')).startCommand },
  migrate: { summary: 'bring the database up to date', load: async () => (await import('./migrate.ts')).migrateCommand },
  audit: { summary: 'prove that the books balance', load: async () => (await import('./audit.ts')).auditCommand },
  doctor: { summary: 'look at every part and say what to do', load: async () => (await import('./doctor.ts')).doctorCommand },
  backup: { summary: 'write a backup and prove that it restores', load: async () => (await import('./backup.ts')).backupCommand },
  restore: { summary: 'restore a backup into an empty data folder', load: async () => (await import('./restore.ts')).restoreCommand },
  config: { summary: 'explain every setting in force', load: async () => (await import('./config.ts')).configCommand },
  secrets: { summary: 'rotate the master key', load: async () => (await import('./secrets.ts')).secretsCommand },
  demo: { summary: "show the demo's log-ins", load: async () => (await import('./demo.ts')).demoCommand },
  replay: { summary: 'live a table of real charging sessions again', load: async () => (await import('./replay.ts')).replayCommand },
  import: { summary: 'take in a table of charging sessions', load: async () => (await import('./import.ts')).importCommand },
  anomalies: { summary: 'try changed rules for abnormal bills on past ones', load: async () => (await import('./anomalies.ts')).anomaliesCommand },
  simulate: { summary: 'live days with faults, then audit', load: async () => (await import('./simulate.ts')).simulateCommand },
};

const overview = (): string => {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  return [
    'kirchhoff COMMAND [options]', '', 'Commands:',
    ...Object.entries(COMMANDS).map(([name, entry]) => `  ${name.padEnd(width)}  ${entry.summary}`),
    '', '`kirchhoff COMMAND --help` explains one. Settings come from defaults, kirchhoff.json and the environment: `kirchhoff config explain`.',
  ].join('\n');
};

/** The command line. @returns the exit code: 0 done, 1 failed, 2 wrong command line. */
export async function main(args: readonly string[], io: Io = processIo): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.out(overview());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) {
    io.err(`there is no command ${name}${suggestion(name, Object.keys(COMMANDS))}\n\n${overview()}`);
    return EXIT.usage;
  }
  return runCommand(await entry.load(), rest, io);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main(process.argv.slice(2)));
