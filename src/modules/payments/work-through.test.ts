import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { page, workThrough, type Backlog, type FlowLimits } from './work-through.ts';

const LIMITS: FlowLimits = { aheadMax: 8, pageMax: 4, lingerMs: 1, lookAgainMs: null };
/** The numbers from 0 to `count`, taken in turn. */
const numbers = (count: number): Pick<Backlog<number, number>, 'take' | 'goOn' | 'leave'> => {
  let next = 0;
  return { goOn: () => true, leave: () => false, take: (countMax) => {
    const items = Array.from({ length: Math.min(countMax, count - next) }, (_, index) => next + index);
    next += items.length;
    return Promise.resolve(page(items, countMax));
  } };
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

describe('working a backlog through', () => {
  it('works and writes everything once, in pages, with no more taken ahead than it may', async () => {
    const written: number[] = [];
    let open = 0, most = 0, longest = 0;
    const worked = await workThrough({ ...numbers(101), work: async (item) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return item;
    }, write: (done) => { longest = Math.max(longest, done.length); written.push(...done); return Promise.resolve([]); } }, LIMITS);
    assert.deepEqual(ascending(written), upTo(101));
    assert.ok(most <= LIMITS.aheadMax && longest <= LIMITS.pageMax, `${most} ahead, ${longest} in a page`);
    assert.deepEqual(worked, { taken: 101, left: [], faults: [], complete: true, aborted: false });
  });

  it('a slow one holds up no other: all the others are written while it lasts', async () => {
    const slow = Promise.withResolvers<void>(), others = Promise.withResolvers<void>(), written: number[] = [];
    const working = workThrough({ ...numbers(60), work: async (item) => { if (item === 3) await slow.promise; return item; }, write: (done) => {
      written.push(...done);
      if (written.length === 59) others.resolve();
      return Promise.resolve([]);
    } }, LIMITS);
    await others.promise;
    assert.ok(!written.includes(3));
    slow.resolve();
    assert.ok((await working).complete);
    assert.deepEqual(ascending(written), upTo(60));
  });

  it('looks again for others while a slow one lasts', async () => {
    const slow = Promise.withResolvers<void>(), written: number[] = [];
    const pages = [[1], [], [2]];
    const worked = await workThrough<number, number>({
      goOn: () => true, leave: () => false, take: (countMax) => Promise.resolve(page(pages.shift() ?? [], countMax)),
      work: async (item) => { if (item === 1) await slow.promise; else slow.resolve(); return item; }, write: (done) => { written.push(...done); return Promise.resolve([]); },
    }, { ...LIMITS, lookAgainMs: 1 });
    assert.deepEqual([ascending(written), worked.complete], [[1, 2], true]);
  });

  it('the next page is read, and the one before written, while others are worked', async () => {
    const written = Promise.withResolvers<void>(), read = Promise.withResolvers<void>();
    const source = numbers(20);
    let takes = 0;
    // Number 7 is done only when a page was written and another was read: one after the other would wait for ever.
    const worked = await workThrough({ ...source, take: (countMax) => { if (++takes === 2) read.resolve(); return source.take(countMax); },
      work: async (item) => { if (item === 7) await Promise.all([written.promise, read.promise]); return item; }, write: () => { written.resolve(); return Promise.resolve([]); } }, LIMITS);
    assert.ok(worked.complete);
  });

  it('in order, nothing is written before what was taken before it, and nothing behind what was left', async () => {
    const written: number[] = [];
    let left = false;
    const worked = await workThrough({ ...numbers(40), work: async (item) => {
      for (let turns = (item * 7) % 5; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      if (item !== 21) return item;
      left = true;
      return null;
    }, write: (done) => { written.push(...done); return Promise.resolve([]); } }, { ...LIMITS, inOrder: true });
    assert.ok(left);
    assert.deepEqual(written, upTo(21));
    assert.deepEqual([worked.left.includes(21), worked.complete], [true, false]);
  });

  it('a fault of one keeps no other from being written, and ends the turn', async () => {
    const written: number[] = [], fault = new Error('spoilt');
    const worked = await workThrough({ ...numbers(1_000), work: (item) => (item === 2 ? Promise.reject(fault) : Promise.resolve(item)), write: (done) => { written.push(...done); return Promise.resolve([]); } }, LIMITS);
    assert.deepEqual([worked.faults, worked.complete, worked.aborted], [[fault], false, false]);
    assert.deepEqual(ascending(written), upTo(worked.taken).filter((item) => item !== 2));
    assert.ok(worked.taken < 1_000);
  });

  it('when nothing can be written it begins nothing more, and what was done is not taken for written', async () => {
    let writes = 0, begun = 0;
    const worked = await workThrough({ ...numbers(1_000), work: (item) => { begun++; return Promise.resolve(item); }, write: () => { writes++; return Promise.reject(new Error('no database')); } }, LIMITS);
    assert.deepEqual([writes, worked.aborted, worked.complete, begun === worked.taken], [1, true, false, true]);
    assert.ok(begun <= 3 * LIMITS.aheadMax, `${begun} were begun`);
  });

  it('leaves what it has taken and not begun when it is told to end, and writes what was under way', async () => {
    const written: number[] = [];
    let ending = false;
    const worked = await workThrough({ ...numbers(1_000), leave: () => ending, work: async (item, stopped) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (stopped()) return null;
      if (item === 5) ending = true;
      return item;
    }, write: (done) => { written.push(...done); return Promise.resolve([]); } }, LIMITS);
    assert.deepEqual(ascending([...written, ...worked.left]), upTo(worked.taken));
    assert.ok(worked.left.length > 0 && worked.taken <= 2 * LIMITS.aheadMax);
  });
});
