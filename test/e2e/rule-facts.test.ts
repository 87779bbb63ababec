import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RULES, defaultPolicy, FLAG_CAUSES, RULE_LIMITS, RULE_NAMES, storedRules } from '../../src/modules/charging/index.ts';
import { CURRENCY_DECIMALS, type CurrencyCode } from '../../src/kernel/index.ts';
import { parseMinor } from '../../web/src/format/number.ts';
import { changesOf, RULE_FACTS, toShown, toStored } from '../../web/src/pages/rules/rule-facts.ts';
import { shippedSettings } from '../../web/src/pages/charging-settings/settings.ts';

const defaults = storedRules(DEFAULT_RULES) as never as Parameters<typeof changesOf>[0];

describe('thresholds as the console shows them', () => {
  it('are all there, once, in units of the kind that is stored', () => {
    assert.deepEqual(RULE_FACTS.map(({ rule }) => rule).sort(), [...RULE_NAMES].sort());
    for (const { rule, unit } of RULE_FACTS) assert.equal(RULE_LIMITS[rule].unit, unit === 'kWh' ? 'Wh' : unit === 'percent' ? 'percent' : 'ms', rule);
  });

  it('name causes by the number that the server gives them', () => {
    for (const { rule, causes } of RULE_FACTS) for (const { cause, code } of causes) assert.equal(FLAG_CAUSES[cause].code, code, `${rule}: ${cause}`);
  });

  it('become exactly what they were, at their limits and defaults', () => {
    for (const fact of RULE_FACTS) {
      const { min, max, unit } = RULE_LIMITS[fact.rule];
      for (const stored of [String(defaults[fact.rule]), String(max), ...(fact.rule === 'occupancyDurationMaxMs' || fact.rule === 'futureToleranceMs' ? [] : [String(min)])]) assert.equal(String(toStored(fact, toShown(fact, stored))), stored, `${fact.rule} ${unit}`);
    }
  });

  it('differ where a value differs, and only there', () => {
    assert.deepEqual(changesOf(defaults, defaults), {});
    assert.deepEqual(changesOf(defaults, { ...defaults, edgeWhMax: '250', readingGapMinMs: 60_000 * 90 }), { edgeWhMax: '250', readingGapMinMs: 5_400_000 });
  });
});

describe('charging settings as the console shows them', () => {
  it('start from what the program ships, in every currency', () => {
    for (const currency of Object.keys(CURRENCY_DECIMALS) as CurrencyCode[]) {
      const shipped = shippedSettings(currency), policy = defaultPolicy(currency);
      assert.deepEqual([parseMinor(shipped.holdAmount, currency), parseMinor(shipped.holdMinimum, currency), parseMinor(shipped.balanceThreshold, currency), shipped.silenceMinutes * 60, BigInt(shipped.connectorKw * 1_000), shipped.abnormalBills, shipped.sessionsMax],
        [policy.holdAmountMinor, policy.holdMinimumMinor, policy.balanceThresholdMinor, policy.silenceDeadlineS, policy.defaultConnectorPowerW, policy.abnormalBills, policy.sessionsPerMemberMax]);
    }
  });
});
