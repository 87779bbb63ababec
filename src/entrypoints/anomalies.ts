import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatKilowattHours, formatMinor, fromLocalTime, toIso, type CurrencyCode, type Instant } from '../kernel/index.ts';
import { backtestPicture, changedRules, loadRules, parseRules, resultToStored, runBacktest, storedRules, type BacktestResult, type RulesRejection } from '../modules/charging/index.ts';
import { findOperatorByCode, listOperators, loadOperator } from '../modules/parties/index.ts';
import type { Database } from '../platform/database/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { configFor, type Command } from './command.ts';
import { EXIT, type Io } from './io.ts';
import { openSystem } from './open-system.ts';
import { suggestion, UsageFault, type Parsed } from './options.ts';
import { plainTable } from './replay-outcome.ts';

const WORDS = ['backtest'] as const;

export const anomaliesCommand: Command = {
  name: 'anomalies',
  summary: 'Works with the rules that tell abnormal bills: backtest shows what changed thresholds would have done to past bills.',
  detail: 'Reads only. The file holds the thresholds that are to be different, as JSON: {"sessionDurationMaxMs": 86400000, "edgeWhMax": "200"}; docs/reference/abnormal-bills.md names them all.\nBills are judged by their evidence; corrections that people made are left out of it.',
  words: [{ name: 'backtest', about: 'what to do' }],
  options: [
    { name: 'rules', value: 'FILE', about: 'The thresholds to try.' },
    { name: 'from', value: 'DAY', about: "Only sessions that began on this day or later (the operator's wall clock, 2026-03-01)." },
    { name: 'to', value: 'DAY', about: 'Only sessions that began before this day.' },
    { name: 'picture', value: 'FILE', about: 'Write an SVG of the bills by cause, before and after.' },
    { name: 'operator', value: 'CODE', about: 'Whose bills; needed where there are several operators.' },
    { name: 'json', about: 'Print one JSON object.' },
  ],
  exitCodes: { 0: 'the back-test was worked', 1: 'the thresholds are not possible' },
  examples: ['kirchhoff anomalies backtest --rules strict.json', 'kirchhoff anomalies backtest --rules strict.json --from 2026-01-01 --to 2026-04-01 --picture strict.svg'],
  run: async (parsed, io) => {
    const [word] = parsed.words as [string];
    if (!WORDS.some((each) => each === word)) throw new UsageFault(`anomalies does not know "${word}"${suggestion(word, WORDS)}`);
    const thresholds = thresholdsIn(parsed.text('rules'));
    const system = await openSystem({ config: configFor(io).config, logger: silentLogger, as: 'command', name: 'anomalies' });
    try {
      return await backtestFor(system.database, thresholds, parsed, io);
    } finally {
      await system.close();
    }
  },
};

function thresholdsIn(named: string | undefined): unknown {
  if (named === undefined) throw new UsageFault('name the file with the thresholds: --rules FILE');
  const file = resolve(named);
  if (!existsSync(file)) throw new UsageFault(`there is no file ${file}`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageFault(`${file} is not JSON: ${(error as Error).message}`);
  }
}

/** Works the back-test and prints it. @returns the exit code. */
export async function backtestFor(database: Database, thresholds: unknown, parsed: Parsed, io: Io): Promise<number> {
  const odb = database.forOperator(await operatorFor(database, parsed.text('operator')));
  const { operator, version, rules } = await odb.transaction(async (tx) => ({ operator: await loadOperator(tx), ...(await loadRules(tx)) }));
  const parsedRules = parseRules(thresholds, rules);
  if (!parsedRules.ok) {
    io.err(refusalText(parsedRules.error));
    return EXIT.failed;
  }
  const newRules = parsedRules.value;
  const [from, to] = [dayOf(parsed.text('from'), operator.timeZone), dayOf(parsed.text('to'), operator.timeZone)];
  const showProgress = process.stderr.isTTY;
  const result = (await runBacktest(odb, {
    oldRules: rules, newRules, from, to, onProgress: ({ done, of }) => { if (showProgress) process.stderr.write(`\r\u001b[K${done} of ${of} bills`); },
  }))!;
  if (showProgress) process.stderr.write('\r\u001b[K');
  const changed = changedRules(rules, newRules);
  const title = changed.length === 0 ? 'No threshold differs' : changed.map((name) => `${name} ${storedRules(rules)[name]} → ${storedRules(newRules)[name]}`).join(', ');
  const picture = parsed.text('picture');
  if (picture !== undefined) await writeFile(resolve(picture), backtestPicture(result, title));
  io.out(parsed.has('json') ? JSON.stringify({ fromVersion: version, changes: Object.fromEntries(changed.map((name) => [name, { before: storedRules(rules)[name], after: storedRules(newRules)[name] }])), ...(resultToStored(result) as object) }, null, 2)
    : backtestText(result, title, operator.currency));
  return EXIT.ok;
}

async function operatorFor(database: Database, code: string | undefined): Promise<Parameters<Database['forOperator']>[0]> {
  if (code !== undefined) {
    const operatorId = await findOperatorByCode(database, code);
    if (operatorId === null) throw new UsageFault(`there is no operator with the code ${code}`);
    return operatorId;
  }
  const operators = await listOperators(database, 'back-test rules');
  if (operators.length === 1) return operators[0]!.operatorId;
  throw new UsageFault(operators.length === 0 ? 'there is no operator yet; `kirchhoff start` makes the demo' : `name the operator: --operator ${operators.map((each) => each.code).join('|')}`);
}

function dayOf(text: string | undefined, timeZone: string): Instant | null {
  if (text === undefined) return null;
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) throw new UsageFault(`"${text}" is no day; write it as 2026-03-01`);
  return fromLocalTime({ year: Number(match[1]), month: Number(match[2]), day: Number(match[3]), minuteOfDay: 0 }, timeZone);
}

const refusalText = (refusal: RulesRejection): string => (refusal.code === 'unknown_rule' ? `there is no threshold ${refusal.rule}`
  : refusal.code === 'rule_not_whole' ? `${refusal.rule} is no whole number` : `${refusal.rule} lies between ${refusal.min} and ${refusal.max}`);

/** What would change, by cause; energy in kWh, money in the operator's currency. */
export function backtestText({ bills, changed, before, after, causes, samples }: BacktestResult, title: string, currency: CurrencyCode): string {
  const amount = (minor: bigint): string => formatMinor(minor, currency);
  const change = (of: (typeof causes)[number]): string[] => [
    of.cause, String(of.before.bills), String(of.after.bills), of.appears === 0 ? '' : `+${of.appears}`, of.vanishes === 0 ? '' : `-${of.vanishes}`,
    formatKilowattHours(of.before.energyWh), formatKilowattHours(of.after.energyWh), amount(of.before.totalMinor), amount(of.after.totalMinor),
  ];
  const overall = ([['held', String(before.held), String(after.held)], ['with any cause', String(before.flagged), String(after.flagged)],
    ['charged, kWh', formatKilowattHours(before.chargedWh), formatKilowattHours(after.chargedWh)], [`charged, ${currency}`, amount(before.chargedMinor), amount(after.chargedMinor)],
    ['held back, kWh', formatKilowattHours(before.proposedWh), formatKilowattHours(after.proposedWh)], [`held back, ${currency}`, amount(before.proposedMinor), amount(after.proposedMinor)]]);
  return [
    title, '', `${bills} bills, of which ${changed} would come out differently.`, '', plainTable(['', 'before', 'after'], overall), '',
    plainTable(['cause', 'bills', 'then', 'gain', 'lose', 'kWh', 'then', currency, 'then'], causes.map(change)),
    ...(samples.length === 0 ? [] : ['', 'For example:', ...samples.map(({ cause, change: how, sessionId, startedAt, before: was, after: is }) =>
      `  ${cause} ${how}: session of ${toIso(startedAt)} (${sessionId}), ${was.state} ${amount(was.totalMinor)} → ${is.state} ${amount(is.totalMinor)}`)]),
  ].join('\n');
}
