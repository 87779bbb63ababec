import { createReadStream, existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { assert, formatKilowattHours, toIso, type OperatorId } from '../kernel/index.ts';
import { DEFAULT_RULES } from '../modules/charging/index.ts';
import {
  loadImport, mappingFile, previewTable, proposeForFile, readMapping, SessionTableFault, startImport, summariseImport, uploadTable, workImport,
  type ImportSummary, type ImportWork, type MappingProposal, type SessionImport, type SessionTableMapping, type TablePreview,
} from '../modules/imports/index.ts';
import { findOperatorByCode, listOperators } from '../modules/parties/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import type { Database, OperatorDatabase } from '../platform/database/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { configFor, type Command } from './command.ts';
import { EXIT, type Io } from './io.ts';
import { openSystem } from './open-system.ts';
import { suggestion, UsageFault, type Parsed } from './options.ts';
import { plainTable } from './replay-outcome.ts';

const KINDS = ['sessions'] as const;
const POLL_MS = 500;
/** A dry run holds its rows in memory. */
const DRY_RUN_ROWS_MAX = 500_000;

export const importCommand: Command = {
  name: 'import',
  summary: 'Takes in a table of charging sessions (CSV, XLSX): every row is kept as it came, and judged by the rules for abnormal bills.',
  detail: 'Nothing that is imported moves money or energy. The same file by the same mapping is imported once; an import that was interrupted goes on.\n'
    + 'Without --mapping one is proposed: look it over with --propose, save it, change what is wrong, and name it.',
  words: [{ name: 'sessions', about: 'what the table holds' }, { name: 'FILE', about: 'the table' }],
  options: [
    { name: 'mapping', value: 'FILE', about: 'Which column means what, zone and units: a file, or the name of one that ships (dundee, boulder).' },
    { name: 'propose', about: 'Print the mapping that would be proposed, as JSON, and do nothing else.' },
    { name: 'zone', value: 'ZONE', about: 'The wall clock that a proposal assumes (IANA name; default: the operator\'s, UTC for --propose and --dry-run).' },
    { name: 'dry-run', about: 'Read the file, say what would be found, and store nothing.' },
    { name: 'operator', value: 'CODE', about: 'Whose sessions these are; needed where there are several operators.' },
    { name: 'json', about: 'Print one JSON object.' },
  ],
  exitCodes: { 0: 'every row is stored, and judged or refused with a code', 1: 'the file does not fit the mapping' },
  examples: ['kirchhoff import sessions town.csv --propose > town.json', 'kirchhoff import sessions town.csv --mapping town.json --dry-run', 'kirchhoff import sessions dundee-2017q4.csv --mapping dundee --operator demo'],
  run: async (parsed, io) => {
    const [kind, named] = parsed.words as [string, string];
    if (!KINDS.some((each) => each === kind)) throw new UsageFault(`import does not know "${kind}"${suggestion(kind, KINDS)}`);
    const file = resolve(named);
    if (!existsSync(file)) throw new UsageFault(`there is no file ${file}`);
    try {
      return await importFile(file, parsed, io);
    } catch (error) {
      if (!(error instanceof SessionTableFault)) throw error;
      io.err(`${error.code}: ${error.message}`);
      return EXIT.failed;
    }
  },
};

async function importFile(file: string, parsed: Parsed, io: Io): Promise<number> {
  const say = (value: object, text: () => string): void => io.out(parsed.has('json') ? asJson(value) : text());
  const mapping = parsed.text('mapping') === undefined ? null : await readMapping(mappingFile(parsed.text('mapping')!));
  const propose = (zone: string): Promise<MappingProposal> => proposeForFile(createReadStream(file), { title: basename(file), zone: parsed.text('zone') ?? zone });
  if (parsed.has('propose')) {
    const proposal = await propose('UTC');
    for (const doubt of proposal.doubts) io.err(`look at this: ${doubt}`);
    io.out(asJson(proposal.mapping ?? proposal));
    return proposal.mapping === null ? EXIT.failed : EXIT.ok;
  }
  if (parsed.has('dry-run')) {
    const preview = await previewTable(createReadStream(file), mapping ?? usable(await propose('UTC'), io), DEFAULT_RULES, DRY_RUN_ROWS_MAX);
    say(preview, () => previewText(preview));
    return EXIT.ok;
  }
  const system = await openSystem({ config: configFor(io).config, logger: silentLogger, as: 'command', name: 'import' });
  try {
    const { operatorId, timeZone } = await operatorOf(system.database, parsed.text('operator'));
    const odb = system.database.forOperator(operatorId);
    const by = mapping ?? usable(await propose(timeZone), io);
    const done = await importBy(odb, file, by);
    if (done.state === 'failed') throw new SessionTableFault(done.failureCode as SessionTableFault['code'], done.failure ?? '');
    const summary = await odb.transaction((tx) => summariseImport(tx, done.importId));
    say({ importId: done.importId, state: done.state, ...summary }, () => summaryText(summary));
    return EXIT.ok;
  } finally {
    await system.close();
  }
}

function usable({ mapping, doubts }: MappingProposal, io: Io): SessionTableMapping {
  if (mapping === null) throw new UsageFault(`no mapping could be proposed (${doubts.join(', ')}); write one: docs/reference/session-tables.md`);
  for (const doubt of doubts) io.err(`read by a mapping that was proposed; look at this: ${doubt}`);
  return mapping;
}

async function importBy(odb: OperatorDatabase, file: string, mapping: SessionTableMapping): Promise<SessionImport> {
  const clock = systemClock;
  const { importId: uploaded } = await odb.transaction((tx) => uploadTable(tx, { fileName: basename(file), content: createReadStream(file), requestedBy: 'command line' }, { clock }));
  const started = await odb.transaction((tx) => startImport(tx, { importId: uploaded, mapping }));
  assert(started.ok, 'what was just uploaded can be started');
  const { importId } = started.value;
  const tell: NonNullable<ImportWork['onProgress']> = ({ state, rows, of }) => { if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${state} ${rows}${of === null ? '' : ` of ${of}`} rows`); };
  for (;;) {
    const worked = await workImport(odb, importId, { clock, onProgress: tell });
    // Beside a running program its job may have taken it first.
    const now = worked ?? (await odb.transaction((tx) => loadImport(tx, importId)))!;
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    if (now.state === 'done' || now.state === 'failed') return now;
    await new Promise((wake) => { setTimeout(wake, POLL_MS); });
  }
}

async function operatorOf(database: Database, code: string | undefined): Promise<{ operatorId: OperatorId; timeZone: string }> {
  const operators = await listOperators(database, 'import a table of sessions');
  if (code !== undefined) {
    const operatorId = await findOperatorByCode(database, code);
    const found = operators.find((each) => each.operatorId === operatorId);
    if (found === undefined) throw new UsageFault(`there is no operator with the code ${code}`);
    return found;
  }
  if (operators.length === 1) return operators[0]!;
  throw new UsageFault(operators.length === 0 ? 'there is no operator yet; `kirchhoff start` makes the demo' : `name the operator: --operator ${operators.map((each) => each.code).join('|')}`);
}

const asJson = (value: object): string => JSON.stringify(value, (_name, field: unknown) => (typeof field === 'bigint' ? String(field) : field), 2);

function summaryText({ rows, judged, clean, refused, causes, chargePoints, energyWh, firstStartAt, lastStartAt }: ImportSummary): string {
  const refusals = Object.entries(refused).map(([code, count]) => ['–', `refused: ${code}`, Number(count)]);
  return [
    `${rows} rows of ${chargePoints} charge points, ${formatKilowattHours(energyWh)} kWh${firstStartAt === null || lastStartAt === null ? '' : `, ${toIso(firstStartAt).slice(0, 10)} to ${toIso(lastStartAt).slice(0, 10)}`}`,
    `${clean} of ${judged} that could be read are as they should be; of the others:`, '',
    plainTable(['code', 'cause', 'rows'], [...causes.map(({ code, cause, rows: count }) => [String(code ?? '–'), cause, Number(count)]), ...refusals]),
  ].join('\n');
}

function previewText({ rowsRead, whole, clean, causes, refused }: TablePreview): string {
  const sample = (of: TablePreview['causes'][number]['samples']): string => of.slice(0, 3).map(({ row }) => row.rowNumber).join(', ');
  return [
    `${whole ? 'All' : 'The first'} ${rowsRead} rows were read; nothing was stored. ${clean} are as they should be; of the others:`, '',
    plainTable(['code', 'cause', 'rows', 'for example row'], [
      ...causes.map(({ code, cause, rows, samples }) => [String(code ?? '–'), cause, rows, sample(samples)]), ...refused.map(({ code, rows, samples }) => ['–', `refused: ${code}`, rows, sample(samples)]),
    ]),
  ].join('\n');
}
