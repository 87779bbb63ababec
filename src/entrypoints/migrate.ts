import { silentLogger } from '../platform/logging/index.ts';
import { configFor, type Command } from './command.ts';
import { EXIT } from './io.ts';
import { openSystem } from './open-system.ts';

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Sets up the database roles and applies what is missing of the migrations, then ends.',
  detail: '`start` does the same. Run it by itself before the processes of a new release when there are several (DATABASE_URL).\nEach migration completes or changes nothing.',
  options: [],
  exitCodes: { 0: 'the database is up to date', 1: 'it could not be brought up to date; nothing is half done' },
  run: async (_parsed, io) => {
    const { config } = configFor(io);
    const system = await openSystem({ config, logger: silentLogger, as: 'serve', name: 'migrate' });
    try {
      io.out(system.migrated.length === 0 ? 'The database is up to date.' : `Applied ${system.migrated.length} migrations:\n${system.migrated.map((name) => `  ${name}`).join('\n')}`);
      return EXIT.ok;
    } finally {
      await system.close();
    }
  },
};
