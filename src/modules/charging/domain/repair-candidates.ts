import { addMs, MS_PER_HOUR, wattHours, type WattHours } from '../../../kernel/index.ts';
import type { EnergyDrawn } from './derived-session.ts';
import type { FlagData } from './flag.ts';
import { plausibleEnergyMax } from './register-chain.ts';
import { estimateUnseen, energyAt, estimated, inOrder, type Estimate } from './repair-estimate.ts';
import { drawn, eitherWayWh, falseBeforeJumpWh, sumOf, type EvidenceInput, type RegisterEvidence, type Unseen } from './repair-evidence.ts';
import type { Confidence, CurvePoint, EnergyBounds, EnergyCandidate, Evidence } from './energy-candidate.ts';

type Input = EvidenceInput & { readonly curve: readonly CurvePoint[] };
/** A repaired bill may be this far from the truth and still count as right: a hundredth, or a meter's step. */
export const toleranceOf = (energyWh: bigint): bigint => (energyWh / 100n > 100n ? energyWh / 100n : 100n);

type Weighed = { readonly input: Input; readonly bounds: EnergyBounds; readonly registers: RegisterEvidence; /** Steps of the session's registers as energy. */ readonly known: readonly EnergyDrawn[]; readonly eitherWay: bigint; readonly beforeJump: bigint; readonly estimates: readonly Estimate[]; readonly estimatesAlone: readonly Estimate[] };

/** Every candidate that the bounds allow, and what was refused. */
export function listCandidates(input: Input, bounds: EnergyBounds, registers: RegisterEvidence): { readonly offered: readonly EnergyCandidate[]; readonly refused: readonly Evidence[] } {
  const { derived, context, rules } = input;
  const known = registers.steps.map(drawn);
  const estimatesOf = (unseen: readonly Unseen[]): Estimate[] => estimateUnseen(unseen, known, input.curve, context.maxPowerW);
  const weighed: Weighed = {
    input, bounds, registers, known, eitherWay: doubtfulWh(input, registers), beforeJump: falseBeforeJumpWh(derived), estimates: estimatesOf(registers.unseen), estimatesAlone: estimatesOf(registers.unseenAlone),
  };
  const all = [deviceBill(weighed), platformCount(weighed), fromRegisters(weighed), fromEstimate(weighed)].filter((each): each is EnergyCandidate => each !== null);
  const durationMs = registers.until - derived.startedAt;
  const refusal = (source: string, energyWh: bigint): Evidence =>
    ({ key: 'refused_beyond_power', data: { source, energyWh: String(energyWh), boundWh: String(bounds.upperWh), powerW: String(context.maxPowerW), durationMs, allowancePercent: rules.plausiblePowerPercent } });
  const naive = naiveWh(input, registers);
  return {
    offered: all.filter(({ energyWh }) => energyWh <= bounds.upperWh),
    refused: [
      ...all.filter(({ energyWh }) => energyWh > bounds.upperWh).map(({ source, energyWh }) => refusal(source, energyWh)),
      ...(naive !== null && naive > bounds.upperWh && all.every(({ energyWh }) => energyWh !== naive) ? [refusal('last_register', naive)] : []),
    ],
  };
}

/** What stays open although registers were seen: falls that may have been resets, and ends that contradict each other. */
function doubtfulWh({ derived, context, rules }: Input, { toAfter }: RegisterEvidence): bigint {
  const most = (from: number, to: number): bigint => plausibleEnergyMax(to - from, context.maxPowerW, rules);
  const ends = toAfter !== null ? [] : derived.flags.flatMap(({ cause, data }) => (cause === 'stop_contradicted' ? String(data.registersWh).split(' ').filter((each) => /^\d+$/.test(each)).map(BigInt) : []));
  const counted = derived.readings.findLast(({ role }) => role === 'end')?.registerWh ?? null;
  const larger = ends.reduce((max, end) => (counted !== null && end - counted > max ? end - counted : max), 0n);
  return eitherWayWh(derived, most) + larger;
}

/** The last register less the first, as one who trusts both would bill it. */
function naiveWh({ derived, after }: Input, { toAfter }: RegisterEvidence): bigint | null {
  const [first, last] = [derived.readings[0], toAfter && after ? after : derived.readings.at(-1)];
  return first && last && last.registerWh > first.registerWh ? last.registerWh - first.registerWh : null;
}

type Made = Omit<EnergyCandidate, 'energyWh' | 'lowerWh' | 'upperWh' | 'intervals'> & { readonly intervals: readonly EnergyDrawn[]; readonly lowerWh: bigint; readonly upperWh: bigint };
function candidate(made: Made, { bounds }: Weighed): EnergyCandidate {
  const energyWh = wattHours(sumOf(made.intervals));
  const within = (wh: bigint): WattHours => wattHours(wh > bounds.upperWh && energyWh <= bounds.upperWh ? bounds.upperWh : wh);
  const upper = within(made.upperWh > energyWh ? made.upperWh : energyWh);
  return { ...made, energyWh, lowerWh: wattHours(made.lowerWh < energyWh ? made.lowerWh : energyWh), upperWh: upper, intervals: made.intervals };
}

const judged = (energyWh: bigint, { openWh, doubtWh, leans }: { openWh: bigint; doubtWh: bigint; leans: boolean }): Confidence =>
  (openWh === 0n ? (leans ? 'strong' : 'proven') : doubtWh <= toleranceOf(energyWh) ? 'strong' : 'weak');
const total = (all: readonly { readonly wh: bigint }[]): bigint => all.reduce((sum, { wh }) => sum + wh, 0n);
const atMost = (unseen: readonly Unseen[]): bigint => total(unseen.map(({ atMostWh: wh }) => ({ wh })));
/** A count without its unseen stretches is off by what flowed in them: idle minutes around one prove nothing about it. */
const ratedIn = (estimates: readonly Estimate[]): bigint => total(estimates.map(({ ratedWh: wh }) => ({ wh })));
const unseenEvidence = (unseen: readonly Unseen[]): Evidence[] => unseen.map(({ where, from, to, atMostWh }) => said(`not_seen_${where}`, { fromAt: from, toAt: to, atMostWh: String(atMostWh) }));
const said = (key: string, data: FlagData): Evidence => ({ key, data });

/** What the device would bill: what it states, else its last register less its first. */
function deviceBill(weighed: Weighed): EnergyCandidate | null {
  const { input: { derived }, registers } = weighed;
  const stated = derived.stated?.energyWh ?? null;
  const [start, end] = [derived.readings.find(({ role }) => role === 'start'), derived.readings.findLast(({ role }) => role === 'end')];
  const energyWh = stated ?? (start && end && end.registerWh >= start.registerWh ? end.registerWh - start.registerWh : null);
  if (energyWh === null || energyWh < 0n) return null;
  const evidence = stated !== null ? said('stated_by_source', { statedWh: String(stated) }) : said('start_and_stop_registers', { startWh: String(start!.registerWh), stopWh: String(end!.registerWh) });
  const counted = sumOf(derived.intervals) === energyWh;
  const intervals = counted ? derived.intervals : [{ from: derived.startedAt, to: registers.until, energy: wattHours(energyWh) }];
  const confidence: Confidence = !counted ? 'weak' : judged(energyWh, { openWh: atMost(registers.unseenAlone) + weighed.eitherWay + weighed.beforeJump, doubtWh: ratedIn(weighed.estimatesAlone) + weighed.eitherWay + weighed.beforeJump, leans: false });
  return candidate({ source: 'device_bill', intervals, lowerWh: energyWh, upperWh: energyWh, confidence, evidence: [evidence] }, weighed);
}

/** What the platform counted from the session's own readings. */
function platformCount(weighed: Weighed): EnergyCandidate | null {
  const { input: { derived }, registers, known, eitherWay, beforeJump, estimatesAlone } = weighed;
  const [first, last] = [derived.readings[0], derived.readings.at(-1)];
  if (first === undefined || last === undefined) return null;
  // Where derivation went on from a register that is known to be false it counted more than the registers after that prove.
  const provenWh = sumOf(known);
  const tooMuch = derived.energyWh > provenWh + (registers.toAfter ? drawn(registers.toAfter).energy : 0n) ? derived.energyWh - provenWh : 0n;
  const openWh = atMost(registers.unseenAlone) + eitherWay + tooMuch;
  const lowerWh = derived.energyWh - tooMuch - beforeJump;
  return candidate({
    source: 'platform_count', intervals: derived.intervals, lowerWh: lowerWh > 0n ? lowerWh : 0n, upperWh: derived.energyWh - tooMuch + openWh,
    confidence: judged(derived.energyWh, { openWh: openWh + beforeJump, doubtWh: ratedIn(estimatesAlone) + eitherWay + tooMuch + beforeJump, leans: false }),
    evidence: [
      said('chain_of_readings', { readings: derived.readings.length, setAside: derived.readings.filter(({ counted }) => !counted).length, firstWh: String(first.registerWh), lastWh: String(last.registerWh), energyWh: String(derived.energyWh) }),
      ...unseenEvidence(registers.unseenAlone), ...eitherWayEvidence(eitherWay, beforeJump),
    ],
  }, weighed);
}

const eitherWayEvidence = (moreWh: bigint, lessWh: bigint): Evidence[] => [
  ...(moreWh > 0n ? [said('reading_can_be_taken_two_ways', { moreWh: String(moreWh) })] : []), ...(lessWh > 0n ? [said('registers_before_jump_can_be_false', { lessWh: String(lessWh) })] : []),
];

function registerIntervals({ input: { derived, context }, known, registers: { fromBefore, toAfter, until } }: Weighed): EnergyDrawn[] {
  const opening = fromBefore ? drawn(fromBefore) : null;
  // Where the start never arrived, as late as the connector can have delivered it.
  const begun = opening && addMs(opening.to, -Number((opening.energy * BigInt(MS_PER_HOUR)) / context.maxPowerW));
  const openedAt = opening && begun !== null && opening.to <= derived.startedAt ? (begun > opening.from ? begun : opening.from) : derived.startedAt;
  const closing = toAfter ? drawn(toAfter) : null;
  return inOrder([
    ...(opening && opening.energy > 0n ? [{ ...opening, from: openedAt }] : []), ...known,
    ...(closing ? [{ ...closing, to: closing.to < until ? closing.to : until > closing.from ? until : closing.from }] : []),
  ]);
}

/** What the registers of the session and of its connector span. */
function fromRegisters(weighed: Weighed): EnergyCandidate | null {
  const { registers, eitherWay, beforeJump, estimates, input: { derived } } = weighed;
  const { steps, fromBefore, toAfter, unseen, standbyWh } = registers;
  if (steps.length === 0 && toAfter === null && derived.readings.length === 0) return null;
  const intervals = registerIntervals(weighed);
  const energyWh = sumOf(intervals);
  const openWh = atMost(unseen) + eitherWay;
  const [first, last] = [steps[0]?.from ?? toAfter?.from, toAfter?.to ?? steps.at(-1)?.to];
  // A zero that only its neighbours tell of proves nothing: a meter out of reach repeats the register that it showed last.
  const hearsay = energyWh === 0n && steps.length === 0 && (fromBefore !== null || toAfter !== null);
  return candidate({
    source: 'registers', intervals, lowerWh: energyWh > beforeJump + standbyWh ? energyWh - beforeJump - standbyWh : 0n, upperWh: energyWh + openWh,
    confidence: hearsay ? 'weak' : judged(energyWh, { openWh: openWh + beforeJump + standbyWh, doubtWh: ratedIn(estimates) + eitherWay + beforeJump + standbyWh, leans: fromBefore !== null || toAfter !== null }),
    evidence: [
      ...(first && last ? [said('first_and_last_true_register', { firstWh: String(first.registerWh), firstAt: first.at, lastWh: String(last.registerWh), lastAt: last.at })] : []),
      ...falseBeginning(weighed),
      ...(fromBefore ? [said('known_register_before', { knownWh: String(fromBefore.from.registerWh), knownAt: fromBefore.from.at, firstWh: String(fromBefore.to.registerWh) })] : []),
      ...(toAfter ? [said('next_register_after', { lastWh: String(toAfter.from.registerWh), lastAt: toAfter.from.at, afterWh: String(toAfter.to.registerWh), afterAt: weighed.input.after!.at })] : []),
      ...unseenEvidence(unseen), ...eitherWayEvidence(eitherWay, beforeJump),
    ],
  }, weighed);
}

/** A 0 (or an older value) before the meter knew its register. */
const falseBeginning = ({ input: { derived } }: Weighed): Evidence[] =>
  derived.flags.filter(({ cause }) => cause === 'meter_register_zero_before_start' || cause === 'first_register_below_known')
    .map(({ data: { fromWh, fromAt, toWh, toAt } }) => said('register_false_before_start', { fromWh: fromWh ?? null, fromAt: fromAt ?? null, toWh: toWh ?? null, toAt: toAt ?? null }));

/** What registers span, and beyond it what the session's own curve says of the rest. Never more than rated power × time. */
function fromEstimate(weighed: Weighed): EnergyCandidate | null {
  const { input: { derived, context }, registers: { unseen, until }, estimates, eitherWay, beforeJump } = weighed;
  if (estimates.every(({ energyWh }) => energyWh === 0n)) return null;
  const seen = registerIntervals(weighed);
  const seenWh = sumOf(seen);
  const room = energyAt(context.maxPowerW, until - derived.startedAt) - seenWh;
  if (room <= 0n) return null;
  let left = room;
  const added = estimates.map((each): EnergyDrawn => {
    const energyWh = each.energyWh < left ? each.energyWh : left;
    left -= energyWh;
    return estimated({ ...each, energyWh });
  });
  const intervals = inOrder([...seen, ...added.filter(({ energy }) => energy > 0n)]);
  const doubtWh = total(estimates.map(({ doubtWh: wh }) => ({ wh }))) + eitherWay + beforeJump;
  const energyWh = sumOf(intervals);
  return candidate({
    source: 'estimate', intervals, lowerWh: seenWh > beforeJump ? seenWh - beforeJump : 0n, upperWh: seenWh + atMost(unseen) + eitherWay, confidence: doubtWh <= toleranceOf(energyWh) ? 'strong' : 'weak' as Confidence,
    evidence: [
      ...estimates.map(({ of, energyWh: wh, doubtWh: doubt, powerW }) => said('estimated_from_curve', { where: of.where, fromAt: of.from, toAt: of.to, energyWh: String(wh), doubtWh: String(doubt), powerW: String(powerW) })),
      ...unseenEvidence(unseen),
    ],
  }, weighed);
}

