import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { ENERGY_SOURCES } from '../../src/modules/charging/domain/energy-candidate.ts';
import type { ConnectorReturn } from '../../src/modules/charging/domain/derived-session.ts';
import { FLAG_CAUSES } from '../../src/modules/charging/domain/flag.ts';
import type { CorrectionRejection } from '../../src/modules/charging/index.ts';
import type { OrphanVerdict } from '../../src/modules/charging/orphans/match-orphan.ts';
import type { CaseRejection } from '../../src/modules/repair/index.ts';
import type { CaseEventKind } from '../../src/modules/repair/domain/case.ts';
import { BULK_ITEM_STATES, BULK_STATES } from '../../src/modules/repair/store/bulk.ts';
import { CASE_STATES, CONFIDENCES } from '../../src/modules/repair/domain/case.ts';
import type { RateRejection } from '../../src/modules/tariffs/index.ts';
import { MESSAGES } from '../../web/src/i18n/messages/index.ts';
import { evidenceSentence } from '../../web/src/ui/evidence.ts';

const CHARGING = new URL('../../src/modules/charging/', import.meta.url);
const sources = readdirSync(CHARGING, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !/\.(test|fixture|property\.test)\.ts$/.test(name))
  .map((name) => ts.createSourceFile(name, readFileSync(new URL(name, CHARGING), 'utf8'), ts.ScriptTarget.Latest, true));

/** A key that the program says, with the names of its data; null where these cannot be read off the source. */
type Said = { readonly where: string; readonly key: string; readonly names: readonly string[] | null };
const keysOf = (node: ts.Node): string[] =>
  ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) ? [node.text] : ts.isConditionalExpression(node) ? [...keysOf(node.whenTrue), ...keysOf(node.whenFalse)]
  : ts.isTemplateExpression(node) && node.getText() === '`not_seen_${where}`' ? ['at_start', 'between', 'at_end'].map((where) => `not_seen_${where}`) : [];
function namesOf(node: ts.Node | undefined): string[] | null {
  if (node === undefined) return [];
  if (!ts.isObjectLiteralExpression(node)) return null;
  const names: string[] = [];
  for (const property of node.properties) {
    if (property.name === undefined || ts.isSpreadAssignment(property)) return null;
    names.push(property.name.getText());
  }
  return names;
}
function saidIn(file: ts.SourceFile, read: (node: ts.Node) => { key: ts.Node; data: ts.Node | undefined } | null): Said[] {
  const found: Said[] = [];
  const visit = (node: ts.Node): void => {
    const said = read(node);
    if (said) {
      const where = `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
      found.push(...keysOf(said.key).map((key) => ({ where, key, names: namesOf(said.data) })));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
const called = (name: string) => (node: ts.Node) => (ts.isCallExpression(node) && node.expression.getText() === name && node.arguments[0] ? { key: node.arguments[0], data: node.arguments[1] } : null);
/** `{ key, data }`, written out. */
function literal(node: ts.Node): { key: ts.Node; data: ts.Node | undefined } | null {
  if (!ts.isObjectLiteralExpression(node)) return null;
  const value = (name: string): ts.Node | undefined => node.properties.find((each): each is ts.PropertyAssignment => ts.isPropertyAssignment(each) && each.name.getText() === name)?.initializer;
  const [key, data] = [value('key'), value('data')];
  return key && data ? { key, data } : null;
}
const placeholders = (key: string): string[] => [...(MESSAGES as unknown as Record<string, readonly [string, string]>)[key]![0].matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
const has = (key: string): void => { assert.ok(Object.hasOwn(MESSAGES, key), `${key} has no words`); };

function hasWordsAndData(prefix: string, said: readonly Said[], suffix = ''): void {
  for (const { where, key, names } of said) {
    const message = `${prefix}.${key}${suffix}`;
    has(message);
    if (names !== null) for (const name of placeholders(message)) assert.ok(names.includes(name), `${message} speaks of {${name}}, which ${where} does not say`);
  }
}

/** Unions of words, complete by their types. */
const all = <Word extends string>(words: Record<Word, true>): Word[] => Object.keys(words) as Word[];
const BACK_BY = all<ConnectorReturn['by']>({ booted: true, status: true, asked: true });
const BECAUSE = all<Extract<OrphanVerdict, { kind: 'matched' }>['because'][number]>({ register_continues: true, soon_after_last_word: true, connector_named: true, same_credential: true, next_register_agrees: true });
const EVENTS = all<CaseEventKind>({
  opened: true, proposal_changed: true, doubted_again: true, applied: true, approval_requested: true, approval_lapsed: true, automatic_refused: true, reverted: true, dismissed: true, reopened: true, assigned: true, resolved_by_facts: true,
});
type Refusal = CaseRejection['code'];
const OF_PRICE = all<RateRejection['code']>({ tariff_missing: true, energy_negative: true, interval_reversed: true, intervals_overlap: true, span_too_long: true, tariff_currency_differs: true });
const OF_CORRECTIONS = all<CorrectionRejection['code']>({
  session_not_found: true, session_not_ended: true, bill_not_abnormal: true, bill_corrected_already: true, correction_command_reused: true, correction_reason_missing: true, correction_evidence_changed: true,
  correction_source_not_offered: true, correction_energy_invalid: true, correction_above_power: true, correction_outside_registers: true, correction_not_priceable: true, correction_without_payer: true, correction_needs_second_person: true,
});
const OF_CASES = ['repair_case_not_found', 'repair_case_closed', 'repair_case_not_closed', 'repair_case_awaits_approval', 'repair_case_nothing_proposed', 'repair_reason_missing', 'correction_not_found', 'correction_superseded'] as const satisfies readonly Refusal[];

describe('the words for what abnormal bills rest on', () => {
  it('C-10 every piece of evidence and every reason of a proposal has a sentence in both languages, of what is said with it', () => {
    const written = sources.flatMap((file) => saidIn(file, literal)), said = sources.flatMap((file) => saidIn(file, called('said')));
    const why = written.filter(({ where }) => where.startsWith('domain/repair-proposal.ts')), evidence = [...said, ...written.filter(({ key }) => why.every((each) => each.key !== key))];
    assert.ok(why.length >= 6 && evidence.length >= 12, `found ${why.length} and ${evidence.length}`);
    for (const key of ['orphan_stop', 'not_seen_at_end', 'refused_beyond_power']) assert.ok(evidence.some((each) => each.key === key), `the test sees ${key}`);
    hasWordsAndData('repair.why', why);
    hasWordsAndData('repair.evidence', evidence);
  });

  it('C-05 every cause explains itself in both languages, of the evidence that it carries', () => {
    const raised = sources.flatMap((file) => saidIn(file, called('flag')));
    assert.ok(raised.length > 20, String(raised.length));
    hasWordsAndData('flag', raised, '.why');
    for (const cause of Object.keys(FLAG_CAUSES)) has(`flag.${cause}.why`);
  });

  it('every word of the program within a sentence is said in words', () => {
    for (const by of BACK_BY) has(`evidence.backBy.${by}`);
    for (const because of BECAUSE) has(`evidence.because.${because}`);
    for (const [name] of readFileSync(new URL('domain/reading-gaps.ts', CHARGING), 'utf8').matchAll(/'(dropped_offline|queued|silence)'/g)) has(`evidence.explainedBy.${name.slice(1, -1)}`);
    for (const source of [...ENERGY_SOURCES, 'last_register']) has(`repair.source.${source}`);
    for (const confidence of CONFIDENCES) has(`repair.confidence.${confidence}`);
    for (const event of EVENTS) has(`repair.event.${event}`);
    for (const state of CASE_STATES) has(`repair.state.${state}`);
    for (const state of BULK_STATES) has(`bulk.state.${state}`);
    for (const state of BULK_ITEM_STATES) has(`bulk.item.${state}`);
  });

  it('every code with which a repair can be refused, one by one or in a run, says why in both languages', () => {
    for (const code of [...OF_PRICE, ...OF_CORRECTIONS, ...OF_CASES, 'connector_unknown']) has(`repair.refused.${code}`);
  });

  it('a sentence is only said with all that it speaks of; words of the program are said as words, several of them as a list', () => {
    const data = { lastHeardAt: 1_780_000_000_000, backAt: 1_780_000_900_000, backBy: 'asked', status: null };
    assert.match(evidenceSentence('flag.bill_never_arrived.why', data, 'Asia/Shanghai', 'en')!, /\(it was asked, and said that this is over\)/);
    assert.match(evidenceSentence('flag.bill_never_arrived.why', data, 'Asia/Shanghai', 'zh')!, /经查询确认已结束/);
    assert.equal(evidenceSentence('flag.bill_never_arrived.why', { lastHeardAt: 1 }, 'Asia/Shanghai', 'en'), null);
    assert.equal(evidenceSentence('flag.no_such_cause.why', {}, 'Asia/Shanghai', 'en'), null);
    const orphan = { registerWh: '12500', at: 1_780_000_000_000, lastWh: '12000', lastAt: 1_779_999_000_000, because: 'register_continues same_credential' };
    assert.match(evidenceSentence('repair.evidence.orphan_stop', orphan, 'UTC', 'en')!, /12\.500 kWh .* its register goes on from there, the same card\./);
  });
});
