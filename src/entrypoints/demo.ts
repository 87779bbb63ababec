import { systemClock } from '../platform/clock/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { configFor, type Command } from './command.ts';
import { CASE_CHANNELS, CASE_POLICIES, type CaseChannel, type CasePolicy } from './closed-then-paid.ts';
import { showBill24440 } from './demo-bill-244-40.ts';
import { showClosedThenPaid } from './demo-closed-then-paid.ts';
import { demoPassword, ensureDemo } from './demo-furnish.ts';
import { DEMO_OPERATOR, DEMO_USERS } from './demo-plan.ts';
import { EXIT, type Io } from './io.ts';
import { openSystem, StartFault } from './open-system.ts';
import { suggestion, UsageFault, type Parsed } from './options.ts';
import { readRunning } from './state-files.ts';

const CASE = 'closed-then-paid', BILL = 'bill-244-40', CASES = [CASE, BILL];

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Shows the demo\'s log-ins; makes the demo operator if the database is empty. Never touches a database that has an operator of its own.',
  detail: `The charge points and payers of the demo live while \`kirchhoff start\` runs.\n\`kirchhoff demo ${CASE}\` and \`kirchhoff demo ${BILL}\` play that case on a scratch database, beside whatever runs: step by step, with the evidence, and the audit at the end.`,
  words: [{ name: CASES.join('|'), optional: true, about: 'An order is closed, and then it is paid; a bill that was charged for the last register, and not for what was drawn.' }],
  options: [
    { name: 'policy', value: CASE_POLICIES.join('|'), about: `${CASE}: what becomes of the late payment (default ${CASE_POLICIES[0]}).` },
    { name: 'channel', value: CASE_CHANNELS.join('|'), about: `${CASE}: where it is paid (default ${CASE_CHANNELS[0]}).` },
    { name: 'json', about: `${CASES.join(', ')}: print one JSON object.` },
  ],
  exitCodes: { 1: `this database belongs to somebody real; ${CASES.join(', ')}: something did not hold` },
  examples: ['kirchhoff demo', `kirchhoff demo ${BILL}`, `kirchhoff demo ${CASE}`, `kirchhoff demo ${CASE} --policy refund --channel alipay`],
  run: async (parsed, io) => {
    const [word] = parsed.words;
    if (word !== undefined && !CASES.includes(word)) throw new UsageFault(`demo does not know "${word}"${suggestion(word, CASES)}`);
    const stray = ['policy', 'channel', 'json'].find((name) => (word === undefined || (word === BILL && name !== 'json')) && parsed.has(name));
    if (stray !== undefined) throw new UsageFault(`--${stray} goes with \`kirchhoff demo ${stray === 'json' ? CASES.join('|') : CASE}\``);
    if (word === undefined) return showLogIns(io);
    const { config } = configFor(io);
    if (word === BILL) return showBill24440({ config, io, json: parsed.has('json') });
    return showClosedThenPaid({ policy: chosen(parsed, 'policy', CASE_POLICIES) as CasePolicy, channel: chosen(parsed, 'channel', CASE_CHANNELS) as CaseChannel }, { config, io, json: parsed.has('json') });
  },
};

function chosen(parsed: Parsed, name: string, of: readonly string[]): string {
  const given = parsed.text(name) ?? of[0]!;
  if (!of.includes(given)) throw new UsageFault(`--${name} is ${of.join(' or ')}, not "${given}"${suggestion(given, of)}`);
  return given;
}

async function showLogIns(io: Io): Promise<number> {
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
}
