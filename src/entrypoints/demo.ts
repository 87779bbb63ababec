import { systemClock } from '../platform/clock/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { configFor, type Command } from './command.ts';
import { demoPassword, ensureDemo } from './demo-furnish.ts';
import { DEMO_OPERATOR, DEMO_USERS } from './demo-plan.ts';
import { EXIT } from './io.ts';
import { openSystem, StartFault } from './open-system.ts';
import { readRunning } from './state-files.ts';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Shows the demo\'s log-ins; makes the demo operator if the database is empty. Never touches a database that has an operator of its own.',
  detail: 'The charge points of the demo live while `kirchhoff start` runs.',
  options: [],
  exitCodes: { 1: 'this database belongs to somebody real' },
  run: async (_parsed, io) => {
    const { config } = configFor(io);
    const system = await openSystem({ config, logger: silentLogger, as: 'command', name: 'demo' });
    try {
      const demo = await ensureDemo({ database: system.database, clock: systemClock, keys: system.keys, dataFolder: config['data.folder'] });
      if (demo === null) throw new StartFault('this database has an operator of its own; the demo is made in an empty one (another KIRCHHOFF_DATA)');
      const running = readRunning(config['data.folder']);
      io.out(`console   ${running?.api ?? 'not running; `kirchhoff start` serves it'}`);
      io.out(`operator  ${DEMO_OPERATOR.code}`);
      for (const user of DEMO_USERS) io.out(`log-in    ${user.logInName.padEnd(12)} ${demoPassword(system.keys, user.logInName)}`);
      return EXIT.ok;
    } finally {
      await system.close();
    }
  },
};
