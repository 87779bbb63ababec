import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { addMs, MS_PER_MINUTE, MS_PER_SECOND, type Instant } from '../../../kernel/index.ts';
import { derive } from './derive.ts';
import { CONTEXT, minutes, read, started, stopped } from './derive.fixture.ts';
import type { ChargePointFact } from './fact.ts';

/**
 * Charges at which nothing is wrong, of every kind that is legal: OCPP 1.6 and 2.0.1, meters that count for life or per session, fast ones and
 * slow ones, none at all between start and stop, clocks within their tolerance, messages delayed, queued offline, dropped where that is allowed.
 */
type Clean = {
  readonly v201: boolean; readonly base: number; readonly everyMinutes: number; readonly drawnWh: readonly number[]; readonly idleSteps: number; readonly offline: 'never' | 'middle' | 'to_the_end';
  readonly drops: boolean; readonly delaysMs: readonly number[]; readonly skewMs: number; readonly repeats: boolean; readonly lateMinutes: number;
};
const clean: fc.Arbitrary<Clean> = fc.record({
  v201: fc.boolean(), base: fc.constantFrom(0, 0, 40, 12_345, 910_000, 88_000_000), everyMinutes: fc.constantFrom(1, 5, 10, 15, 30, 59),
  drawnWh: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 12 }), idleSteps: fc.integer({ min: 0, max: 5 }),
  offline: fc.constantFrom('never', 'never', 'middle', 'to_the_end'), drops: fc.boolean(), delaysMs: fc.array(fc.integer({ min: 0, max: 20 * MS_PER_SECOND }), { minLength: 3, maxLength: 3 }),
  skewMs: fc.integer({ min: -4 * MS_PER_MINUTE, max: 4 * MS_PER_MINUTE }), repeats: fc.boolean(), lateMinutes: fc.integer({ min: 1, max: 3_000 }),
});

function live(of: Clean): { frames: ChargePointFact[]; drawnWh: bigint } {
  let register = BigInt(of.base);
  const values = [register, ...of.drawnWh.map((wh) => (register += BigInt(wh) * BigInt(of.everyMinutes))), ...Array.from({ length: of.idleSteps }, () => register)];
  const frames = values.map((wh, i) => {
    const at = minutes(i * of.everyMinutes), seqNo = of.v201 ? i : null;
    return i === 0 ? started(at, wh, { seqNo }) : i === values.length - 1 ? stopped(at, wh, { seqNo }) : read(at, wh, { seqNo });
  });
  const [from, to] = of.offline === 'never' ? [Infinity, Infinity] : [Math.ceil(frames.length / 3), of.offline === 'middle' ? Math.ceil((2 * frames.length) / 3) : frames.length];
  const back = addMs(frames[Math.min(to, frames.length - 1)]!.eventAt!, (to >= frames.length ? of.lateMinutes : 0) * MS_PER_MINUTE);
  const sent = frames.flatMap((frame, i): ChargePointFact[] => {
    const queued = i >= from && i < to;
    // OCPP 2.0.1 E04: of several in the queue the 1st, 3rd, … update may go; OCPP 1.6 stations queue them all.
    if (queued && of.v201 && of.drops && frame.kind === 'register_read' && to - from >= 2 && (i - from) % 2 === 0 && of.everyMinutes < 20) return [];
    const recordedAt: Instant = queued ? addMs(back, i * 50) : addMs(frame.eventAt!, of.delaysMs[i % 3]!);
    return [{ ...frame, eventAt: addMs(frame.eventAt!, of.skewMs), recordedAt, ...('offline' in frame ? { offline: of.v201 && queued } : {}) } as ChargePointFact];
  });
  return { frames: of.repeats ? [...sent, ...sent.slice(0, 3).map((frame) => ({ ...frame, recordedAt: addMs(frame.recordedAt, 60_000) }))] : sent, drawnWh: register - BigInt(of.base) };
}

const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);
it(`no clean session has a cause, and its energy is what was drawn (seed ${seed})`, () => {
  fc.assert(fc.property(clean, (each) => {
    const { frames, drawnWh } = live(each);
    const session = derive(frames, { ...CONTEXT, timeZone: 'Asia/Shanghai' });
    assert.deepEqual(session.flags, []);
    assert.equal(session.energyWh, drawnWh);
  }), { seed, numRuns: 1_500 });
});
