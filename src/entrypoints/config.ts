import { explainConfig } from '../platform/config/index.ts';
import { configFor, type Command } from './command.ts';
import { EXIT } from './io.ts';
import { suggestion, UsageFault } from './options.ts';

export const configCommand: Command = {
  name: 'config',
  summary: 'Shows every setting in force on this node, where it comes from and what it overrides.',
  words: [{ name: 'explain', about: 'the one thing to do with the configuration' }],
  options: [],
  exitCodes: { 1: 'a setting is wrong; all that are wrong are listed' },
  examples: ['kirchhoff config explain'],
  run: (parsed, io) => {
    if (parsed.words[0] !== 'explain') throw new UsageFault(`config does not know "${parsed.words[0]}"${suggestion(parsed.words[0] ?? '', ['explain'])}`);
    const { explained, file } = configFor(io);
    io.out(explainConfig(explained, file));
    return Promise.resolve(EXIT.ok);
  },
};
