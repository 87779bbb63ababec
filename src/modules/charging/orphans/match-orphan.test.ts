import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConnectorId, SessionId } from '../../../kernel/index.ts';
import { DEFAULT_RULES } from '../domain/anomaly-rules.ts';
import { at } from '../world.fixture.ts';
import { matchOrphan, type Claimant, type Orphan } from './match-orphan.ts';

const session = (id: string, more: Partial<Claimant> = {}): Claimant => ({ sessionId: id as SessionId, connectorId: 'one' as ConnectorId, maxPowerW: 60_000n, token: 'card', last: { at: at(15), registerWh: 55_000n }, until: null, ...more });
const orphan = (id: string, more: Partial<Orphan> = {}): Orphan => ({ sessionId: id as SessionId, connectorId: null, at: at(30), registerWh: 60_000n, token: null, ...more });
const match = (orphans: Orphan[], { rivals = [], next }: { rivals?: Claimant[]; next?: bigint } = {}) =>
  matchOrphan(session('s'), { orphans, rivals: [session('s'), ...rivals], next: next === undefined ? new Map() : new Map(orphans.map((each) => [each.sessionId, { at: at(60), registerWh: next }])) }, DEFAULT_RULES);

describe('an end of a transaction that nobody knows', () => {
  it('C-13 is that of the one session whose register it continues; weakly, while nothing else says so', () => {
    const found = match([orphan('o')]);
    assert.deepEqual(found, { kind: 'matched', orphan: orphan('o'), drawnWh: 5_000n, confidence: 'weak', because: ['register_continues', 'soon_after_last_word'] });
  });

  it('C-13 is so strongly where the connector goes on from that register, or the same card stopped at a connector that it names', () => {
    const soon = ['register_continues', 'soon_after_last_word'];
    assert.deepEqual(matched(match([orphan('o')], { next: 60_050n })), ['strong', ...soon, 'next_register_agrees']);
    assert.deepEqual(matched(match([orphan('o', { connectorId: 'one' as ConnectorId, token: 'card' })])), ['strong', ...soon, 'connector_named', 'same_credential']);
    assert.deepEqual(matched(match([orphan('o', { token: 'card' })])), ['weak', ...soon, 'same_credential']);
    assert.deepEqual(matched(match([orphan('o')], { next: 70_000n })), ['weak', ...soon]);
  });

  it('C-13 is nobody\'s for certain long after the last word: another session, whose start was lost, may have ended there with the same card and a register just as true', () => {
    const late = { at: at(31), connectorId: 'one' as ConnectorId, token: 'card' };
    assert.deepEqual(matched(match([orphan('o', late)], { next: 60_000n })), ['weak', 'register_continues', 'connector_named', 'same_credential', 'next_register_agrees']);
  });

  it('C-13 belongs to nobody where two could be meant: two sessions, or two ends', () => {
    assert.deepEqual(match([orphan('o')], { rivals: [session('t', { connectorId: 'two' as ConnectorId, last: { at: at(20), registerWh: 58_000n } })] }), { kind: 'none', why: 'several_sessions_fit' });
    assert.deepEqual(match([orphan('o'), orphan('p', { registerWh: 61_000n })]), { kind: 'none', why: 'several_orphans_fit' });
    assert.equal(match([orphan('o', { connectorId: 'one' as ConnectorId })], { rivals: [session('t', { connectorId: 'two' as ConnectorId })] }).kind, 'matched', 'a named connector tells them apart');
  });

  it('C-13 fits no session whose register it cannot continue, at another connector, with another card, before its last word, or days later', () => {
    const none = [{ registerWh: 54_000n }, { registerWh: 900_000n }, { connectorId: 'two' as ConnectorId }, { token: 'other' }, { at: at(14) }, { at: at(60 * 24 * 3) }];
    for (const more of none) assert.deepEqual(match([orphan('o', more)]), { kind: 'none', why: 'no_orphan_fits' }, JSON.stringify(more, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
    assert.deepEqual(match([orphan('o')], { next: 57_000n }), { kind: 'none', why: 'next_register_contradicts' });
  });
});

const matched = (verdict: ReturnType<typeof match>): string[] => (verdict.kind === 'matched' ? [verdict.confidence, ...verdict.because] : [verdict.why]);
