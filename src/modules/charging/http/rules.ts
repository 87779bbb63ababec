import { Type, type Static } from 'typebox';
import { instant, money, type CurrencyCode, type SessionId } from '../../../kernel/index.ts';
import { actorIdOf, loadActorNames, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantFromJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull, Page, pageQuery, toPage, WattHoursJson, type Api } from '../../../platform/http/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { BACKTEST_BILLS_MAX, requestBacktest } from '../commands/backtest-rules.ts';
import { changeRules, RULES_REASON_LENGTH_MAX } from '../commands/change-rules.ts';
import { DEFAULT_RULES, RULE_LIMITS, RULE_NAMES, storedRules, type AnomalyRules, type RuleName } from '../domain/anomaly-rules.ts';
import { BILL_CHANGES } from '../domain/backtest.ts';
import type { FlagCause } from '../domain/flag.ts';
import { BACKTEST_STATES, listBacktestBills, listBacktests, loadBacktest, type StoredBacktest, type StoredSide } from '../store/backtests.ts';
import { listRuleSets, loadRules } from '../store/rules.ts';
import { Cause } from './schemas.ts';

const tag = 'charging';
const Count = Type.Integer({ minimum: 0 });
const valueOf = (rule: RuleName) => (RULE_LIMITS[rule].unit === 'Wh' ? WattHoursJson : Type.Integer());
const ThresholdsJson = Type.Object(Object.fromEntries(RULE_NAMES.map((rule) => [rule, valueOf(rule)])) as Record<RuleName, ReturnType<typeof valueOf>>,
  { title: 'AnomalyThresholds', description: 'Durations in ms, energies in Wh, percentages whole. docs/reference/abnormal-bills.md says what each decides.' });
const ChangesJson = Type.Unsafe<Readonly<Record<string, string | number>>>(Type.Object({}, { additionalProperties: true, title: 'AnomalyThresholdChanges', description: 'Only what is to be different; names and units as in AnomalyThresholds.' }));
const LimitJson = Type.Object({ rule: Type.String(), unit: Type.Enum(['ms', 'Wh', 'percent']), min: Type.Integer(), max: Type.Integer(), default: Type.Union([Type.String(), Type.Integer()]) });
const VersionJson = Type.Object({ version: Type.Integer(), thresholds: ThresholdsJson, reason: Type.String(), changedBy: Type.String(), recordedAt: InstantJson }, { title: 'AnomalyRuleSet' });
const RulesJson = Type.Object({
  version: Type.Integer({ description: '0 while the defaults of the program apply.' }), thresholds: ThresholdsJson, limits: Type.Array(LimitJson), versions: Type.Array(VersionJson, { description: 'Newest first.' }),
}, { title: 'AnomalyRules' });

const Sums = Type.Object({ bills: Count, energyWh: WattHoursJson, total: MoneyJson });
const Totals = Type.Object({ held: Count, flagged: Count, chargedWh: WattHoursJson, charged: MoneyJson, proposedWh: WattHoursJson, proposed: MoneyJson });
const Side = Type.Object({ state: Type.Enum(['settled', 'held']), causes: Type.Array(Cause), energyWh: WattHoursJson, total: MoneyJson });
const ResultJson = Type.Object({
  bills: Count, changed: Count, before: Totals, after: Totals,
  causes: Type.Array(Type.Object({ cause: Cause, before: Sums, after: Sums, appears: Count, vanishes: Count })),
  samples: Type.Array(Type.Object({ cause: Cause, change: Type.Enum(['appears', 'vanishes']), sessionId: IdJson('chg'), startedAt: InstantJson, before: Side, after: Side })),
}, { title: 'RulesBacktestResult', description: 'By cause: bills, and what they charge, or propose where they are held.' });
const summaryFields = {
  backtestId: IdJson('job'), state: Type.Enum([...BACKTEST_STATES]), fromVersion: Type.Integer(), thresholds: ThresholdsJson, from: NullOr(InstantJson), to: NullOr(InstantJson),
  billsDone: Count, billsOf: Count, newlyFlagged: Count, noLongerFlagged: Count, differing: Count, failure: NullOr(Type.String()), requestedBy: Type.String(), requestedAt: InstantJson, finishedAt: NullOr(InstantJson),
};
const SummaryJson = Type.Object(summaryFields, { title: 'RulesBacktestSummary', description: 'The three counts grow while it is worked. differing: flagged by both or by neither, with other causes or figures.' });
const BacktestJson = Type.Object({ ...summaryFields, result: NullOr(ResultJson) }, { title: 'RulesBacktest' });
const ChangeJson = Type.Enum([...BILL_CHANGES], { type: 'string', title: 'BacktestBillChange' });
const BillJson = Type.Object({ sessionId: IdJson('chg'), startedAt: InstantJson, stationId: IdJson('sta'), change: ChangeJson, before: Side, after: Side }, { title: 'BacktestBill' });

const thresholdsToJson = (rules: AnomalyRules): Static<typeof ThresholdsJson> => storedRules(rules) as Static<typeof ThresholdsJson>;
const LIMITS = RULE_NAMES.map((rule) => ({ rule, ...RULE_LIMITS[rule], default: storedRules(DEFAULT_RULES)[rule] }));

/** The thresholds for abnormal bills: what is in force, how it came about, and what a change would have done. */
export function registerRulesRoutes(api: Api, { nameActors }: { readonly nameActors: NameActors }): void {
  registerThresholds(api, nameActors);
  registerBacktests(api, nameActors);
}

function registerThresholds(api: Api, nameActors: NameActors): void {
  api.route({
    method: 'GET', path: '/anomaly-rules', operationId: 'getAnomalyRules', tag, summary: 'The thresholds by which bills are told to be abnormal', permission: 'settings:read', audience: 'operator', response: RulesJson,
    handler: async (tx) => rulesToJson(tx, nameActors),
  });
  api.route({
    method: 'PUT', path: '/anomaly-rules', operationId: 'changeAnomalyRules', tag, summary: 'Change thresholds for abnormal bills',
    description: 'Makes a new version, which counts for what is judged from now on. No bill that was made before changes because of it.', permission: 'settings:write', audience: 'operator',
    body: Body({ thresholds: ChangesJson, fromVersion: Type.Integer({ minimum: 0 }), reason: Type.String({ minLength: 1, maxLength: RULES_REASON_LENGTH_MAX }) }), response: RulesJson,
    errors: ['unknown_rule', 'rule_not_whole', 'rule_out_of_limits', 'rules_changed_meanwhile', 'rules_unchanged', 'rules_reason_missing'],
    handler: async (tx, call) => {
      orProblem(await changeRules(tx, { ...call.body, actor: call.actor, from: call.from }, call));
      return rulesToJson(tx, nameActors);
    },
  });
}

function registerBacktests(api: Api, nameActors: NameActors): void {
  api.route({
    method: 'POST', path: '/anomaly-rules/backtests', operationId: 'startRulesBacktest', tag, summary: 'Work out what changed thresholds would have done to past bills', status: 202,
    description: 'Worked in the background within a minute; read its progress and its result under its id. Nothing that is stored changes.', permission: 'settings:write', audience: 'operator',
    body: Body({ thresholds: ChangesJson, from: NullOr(InstantJson), to: NullOr(InstantJson) }), response: BacktestJson, errors: ['unknown_rule', 'rule_not_whole', 'rule_out_of_limits', 'backtest_range_reversed', 'too_many_backtests'],
    handler: async (tx, call) => {
      const { thresholds, from, to } = call.body;
      const asked = orProblem(await requestBacktest(tx, { thresholds, from: orNull(from, instantFromJson), to: orNull(to, instantFromJson), requestedBy: actorIdOf(call.actor) }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'charging.backtest_rules', subject: { kind: 'backtest', id: asked.backtestId }, after: { thresholds, from, to } }, call);
      return backtestToJson(asked, (await loadOperator(tx)).currency, asked.requestedBy);
    },
  });
  api.route({
    method: 'GET', path: '/anomaly-rules/backtests/:backtestId', operationId: 'getRulesBacktest', tag, summary: 'A back-test: how far it is, and what came out', permission: 'settings:read', audience: 'operator',
    params: Type.Object({ backtestId: IdJson('job') }), response: BacktestJson, errors: ['backtest_not_found'],
    handler: async (tx, { params }) => {
      const found = await loadBacktest(tx, idFromJson('job', params.backtestId, 'backtest_not_found'));
      if (found === null) throw problem('backtest_not_found');
      const { nameOrKept } = await loadActorNames(tx, nameActors, [found.requestedBy]);
      return backtestToJson(found, (await loadOperator(tx)).currency, nameOrKept(found.requestedBy));
    },
  });
  api.route({
    method: 'GET', path: '/anomaly-rules/backtests', operationId: 'listRulesBacktests', tag, summary: 'Back-tests that were asked for, newest first', permission: 'settings:read', audience: 'operator',
    query: Type.Object(pageQuery), response: Page(SummaryJson), errors: ['cursor_invalid'],
    handler: async (tx, { query }) => {
      const after = decodeCursor(query.cursor, ['number', 'uuid']);
      const rows = await listBacktests(tx, { before: after && { requestedAt: instant(after[0]), backtestId: after[1] }, limit: query.limit + 1 });
      const { nameOrKept } = await loadActorNames(tx, nameActors, rows.map(({ requestedBy }) => requestedBy));
      return toPage(rows, query.limit, (row) => summaryToJson(row, nameOrKept(row.requestedBy)), (row) => [row.requestedAt, row.backtestId]);
    },
  });
  api.route({
    method: 'GET', path: '/anomaly-rules/backtests/:backtestId/bills', operationId: 'listBacktestBills', tag, summary: 'Bills that would come out differently, in the order in which they began', permission: 'settings:read', audience: 'operator',
    description: `The first ${BACKTEST_BILLS_MAX} are listed; the counts of the back-test are of all. Amounts and energies are what the bill charges, or proposes where it is held.`,
    params: Type.Object({ backtestId: IdJson('job') }), query: Type.Object({ ...pageQuery, change: Type.Optional(ChangeJson), cause: Type.Optional(Cause) }), response: Page(BillJson), errors: ['backtest_not_found', 'cursor_invalid'],
    handler: async (tx, { params, query }) => {
      const found = await loadBacktest(tx, idFromJson('job', params.backtestId, 'backtest_not_found'));
      if (found === null) throw problem('backtest_not_found');
      const after = decodeCursor(query.cursor, ['number', 'uuid']), { currency } = await loadOperator(tx);
      const rows = await listBacktestBills(tx, found, {
        change: query.change ?? null, cause: query.cause ?? null, after: after && { startedAt: instant(after[0]), sessionId: after[1] as SessionId }, limit: query.limit + 1,
      });
      return toPage(rows, query.limit, (row) => ({
        sessionId: idToJson('chg', row.sessionId), startedAt: instantToJson(row.startedAt), stationId: idToJson('sta', row.stationId), change: row.change, before: sideToJson(row.before, currency), after: sideToJson(row.after, currency),
      }), (row) => [row.startedAt, row.sessionId]);
    },
  });
}

async function rulesToJson(tx: Parameters<typeof loadRules>[0], nameActors: NameActors): Promise<Static<typeof RulesJson>> {
  const [{ version, rules }, versions] = [await loadRules(tx), await listRuleSets(tx)];
  const { nameOrKept } = await loadActorNames(tx, nameActors, versions.map(({ changedBy }) => changedBy));
  return {
    version, thresholds: thresholdsToJson(rules), limits: LIMITS,
    versions: versions.map((each) => ({ version: each.version, thresholds: thresholdsToJson(each.rules), reason: each.reason, changedBy: nameOrKept(each.changedBy), recordedAt: instantToJson(each.recordedAt) })),
  };
}

/** As `resultToStored` keeps it. */
type StoredSums = { readonly bills: number; readonly energyWh: string; readonly totalMinor: string };
type StoredTotals = { readonly held: number; readonly flagged: number; readonly chargedWh: string; readonly chargedMinor: string; readonly proposedWh: string; readonly proposedMinor: string };
type StoredResult = {
  readonly bills: number; readonly changed: number; readonly before: StoredTotals; readonly after: StoredTotals;
  readonly causes: readonly { readonly cause: FlagCause; readonly before: StoredSums; readonly after: StoredSums; readonly appears: number; readonly vanishes: number }[];
  readonly samples: readonly { readonly cause: FlagCause; readonly change: 'appears' | 'vanishes'; readonly sessionId: SessionId; readonly startedAt: number; readonly before: StoredSide; readonly after: StoredSide }[];
};

const sideToJson = ({ state, causes, energyWh, totalMinor }: StoredSide, currency: CurrencyCode): Static<typeof Side> => ({ state, causes, energyWh, total: moneyToJson(money(BigInt(totalMinor), currency)) });

const summaryToJson = (of: StoredBacktest, requestedBy: string): Static<typeof SummaryJson> => ({
  backtestId: idToJson('job', of.backtestId), state: of.state, fromVersion: of.fromVersion, thresholds: of.thresholds as Static<typeof ThresholdsJson>, from: orNull(of.from, instantToJson), to: orNull(of.to, instantToJson),
  billsDone: of.billsDone, billsOf: of.billsOf, newlyFlagged: of.newlyFlagged, noLongerFlagged: of.noLongerFlagged, differing: of.differing, failure: of.failure, requestedBy, requestedAt: instantToJson(of.requestedAt),
  finishedAt: orNull(of.finishedAt, instantToJson),
});

function backtestToJson(of: StoredBacktest, currency: CurrencyCode, requestedBy: string): Static<typeof BacktestJson> {
  const amount = (minor: string): Static<typeof MoneyJson> => moneyToJson(money(BigInt(minor), currency));
  const sums = ({ bills, energyWh, totalMinor }: StoredSums): Static<typeof Sums> => ({ bills, energyWh, total: amount(totalMinor) });
  const totals = ({ held, flagged, chargedWh, chargedMinor, proposedWh, proposedMinor }: StoredTotals): Static<typeof Totals> => ({ held, flagged, chargedWh, charged: amount(chargedMinor), proposedWh, proposed: amount(proposedMinor) });
  const side = (stored: StoredSide): Static<typeof Side> => sideToJson(stored, currency);
  const result = of.result as StoredResult | null;
  return {
    ...summaryToJson(of, requestedBy),
    result: result && {
      bills: result.bills, changed: result.changed, before: totals(result.before), after: totals(result.after),
      causes: result.causes.map(({ cause, before, after, appears, vanishes }) => ({ cause, before: sums(before), after: sums(after), appears, vanishes })),
      samples: result.samples.map((each) => ({ cause: each.cause, change: each.change, sessionId: idToJson('chg', each.sessionId), startedAt: instantToJson(instant(each.startedAt)), before: side(each.before), after: side(each.after) })),
    },
  };
}
