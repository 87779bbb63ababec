import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openIntake } from './intake.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the intake', () => {
  it('works a lone frame at once', () => {
    const done: number[] = [];
    openIntake()(() => { done.push(1); });
    assert.deepEqual(done, [1]);
  });

  it('works everything, once and in order, and lets others have their turn in between', async () => {
    const slow = openIntake(1), seen: number[] = [];
    for (let i = 0; i < 20; i++) slow(() => { for (const until = performance.now() + 1; performance.now() < until;); seen.push(i); });
    assert.ok(seen.length < 20, 'the rest waits');
    for (let i = 0; i < 1_000 && seen.length < 20; i++) await turn();
    assert.deepEqual(seen, Array.from({ length: 20 }, (_, i) => i));
    slow(() => { seen.push(20); });
    for (let i = 0; i < 100 && seen.length < 21; i++) await turn();
    assert.equal(seen.length, 21, 'and it works on afterwards');
  });
});
