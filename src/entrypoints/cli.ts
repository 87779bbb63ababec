import { fileURLToPath } from 'node:url';
import { runCommand, type Command } from './command.ts';
import { EXIT, processIo, type Io } from './io.ts';
import { suggestion } from './options.ts';

type Entry = { readonly summary: string; readonly load: () => Promise<(args: readonly string[], io: Io) => Promise<number>> };
const own = (load: () => Promise<Command>): Entry['load'] => async () => {
  const command = await load();
  return (args, io) => runCommand(command, args, io);
};

/** Loaded when called: `kirchhoff --help` reads none of them. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  start: { summary: 'start everything, until Ctrl-C', load: own(async () => (await import('./start.ts')).startCommand) },
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
  return (await entry.load())(rest, io);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main(process.argv.slice(2)));
