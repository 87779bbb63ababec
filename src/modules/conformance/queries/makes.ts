import type { ChargePointId, SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { AMOUNTS, addCounts, isSessionFault, NO_COUNTS, subtractCounts, type Amount, type Counts, type Fault } from '../domain/kind.ts';
import { compare, scoreOf, type Comparison, type Score, type Traffic } from '../domain/score.ts';
import { onlyOperator } from '../only-operator.ts';
import { SUMS } from '../store/counting.ts';

export const LEVELS = ['maker', 'model', 'firmware'] as const;
export type Level = (typeof LEVELS)[number];
/** A maker, one of its models, or one firmware of that; '' is what stations do not say, null is every one. */
export type MakeFilter = { readonly maker: string; readonly model: string | null; readonly firmware: string | null };
export type Days = { readonly from: string; readonly to: string };
/** No fleet has more; beyond it the list says nothing of the rest. */
export const MAKES_MAX = 5_000;

export type MakeTraffic = MakeFilter & Traffic & { readonly points: number; readonly firstSeenOn: string; readonly lastSeenOn: string };
export type MakeScore = MakeTraffic & Score;

const NAMES: Readonly<Record<Level, readonly string[]>> = { maker: ['maker'], model: ['maker', 'model'], firmware: ['maker', 'model', 'firmware'] };
type Row = Counts & { readonly maker: string; readonly model?: string; readonly firmware?: string; readonly points: bigint; readonly pointDays: bigint; readonly first: string; readonly last: string };

/** What was counted in these days by maker, model or firmware, narrowed to a make when one is given. Older firmwares first. */
export async function trafficBy(tx: Tx, level: Level, days: Days, of: MakeFilter | null = null): Promise<MakeTraffic[]> {
  const names = NAMES[level].map((name) => `m.${name}`).join(', ');
  const rows = await tx.query<Row>(
    `select ${names}, count(distinct d.charge_point_id) as points, count(distinct (d.charge_point_id, d.counted_on)) as "pointDays", min(d.counted_on)::text as first, max(d.counted_on)::text as last, ${SUMS}
     from conformance.point_day d join conformance.make m on m.operator_id = d.operator_id and m.make_id = d.make_id
     where d.operator_id = $1 and d.counted_on between $2 and $3 and ($4::text is null or m.maker = $4) and ($5::text is null or m.model = $5) and ($6::text is null or m.firmware = $6)
     group by ${names} having sum(d.frames) + sum(d.sessions) > 0 order by min(m.first_seen_at), ${names} limit ${MAKES_MAX}`,
    [onlyOperator(tx), days.from, days.to, of?.maker ?? null, of?.model ?? null, of?.firmware ?? null]);
  return rows.map((row) => ({
    maker: row.maker, model: row.model ?? null, firmware: row.firmware ?? null, points: Number(row.points), pointDays: Number(row.pointDays), firstSeenOn: row.first, lastSeenOn: row.last,
    counts: Object.fromEntries(AMOUNTS.map((amount) => [amount, row[amount]])) as Record<Amount, bigint>,
  }));
}

const scored = (traffic: MakeTraffic): MakeScore => ({ ...traffic, ...scoreOf(traffic) });

/** The place of a make in the list: the worst first, by name among equals. */
export const rankOf = ({ score, maker, model, firmware }: MakeScore): readonly [number, string] => [score === null ? 1_001 : Math.round(score * 10), JSON.stringify([maker, model, firmware])];

export async function listMakes(tx: Tx, level: Level, days: Days, page: { readonly after: readonly [number, string] | null; readonly limit: number }): Promise<MakeScore[]> {
  const { after } = page;
  return (await trafficBy(tx, level, days)).map(scored).map((make) => [rankOf(make), make] as const).toSorted(([a], [b]) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1))
    .filter(([[score, name]]) => after === null || score > after[0] || (score === after[0] && name > after[1])).slice(0, page.limit).map(([, make]) => make);
}

export type Firmware = MakeScore & { /** Beside the firmware that came before it; null for the first. */ readonly since: { readonly firmware: string; readonly changes: readonly Comparison[] } | null };
export type MakeDetail = {
  readonly make: MakeScore;
  /** Beside the rest of the fleet; null where there is no rest. */ readonly fleet: { readonly score: Score; readonly points: number; readonly comparison: readonly Comparison[] } | null;
  /** The next level down: models of a maker, firmwares of a model. */ readonly parts: readonly MakeScore[];
  readonly firmwares: readonly Firmware[];
};

/** @returns null where nothing was counted of it in these days. */
export async function makeDetail(tx: Tx, of: MakeFilter, days: Days): Promise<MakeDetail | null> {
  const level: Level = of.firmware !== null ? 'firmware' : of.model !== null ? 'model' : 'maker';
  const [own] = await trafficBy(tx, level, days, of);
  if (own === undefined) return null;
  const everybody = await trafficBy(tx, 'maker', days);
  // A charge point that was of several makes in these days has a day in each: near enough for hours of being connected.
  const rest: Traffic = { counts: subtractCounts(everybody.reduce((sum, { counts }) => addCounts(sum, counts), NO_COUNTS), own.counts), pointDays: Math.max(0, everybody.reduce((sum, { pointDays }) => sum + pointDays, 0) - own.pointDays) };
  const parts = of.firmware !== null ? [] : await trafficBy(tx, of.model === null ? 'model' : 'firmware', days, of);
  const versions = of.model === null ? [] : of.firmware === null ? parts : await trafficBy(tx, 'firmware', days, { ...of, firmware: null });
  return {
    make: scored(own), parts: parts.map(scored),
    fleet: rest.counts.frames + rest.counts.sessions === 0n ? null : { score: scoreOf(rest), points: Math.max(0, everybody.reduce((sum, { points }) => sum + points, 0) - own.points), comparison: compare(rest, own) },
    firmwares: versions.map((version, i) => ({ ...scored(version), since: i === 0 ? null : { firmware: versions[i - 1]!.firmware ?? '', changes: compare(versions[i - 1]!, version) } })),
  };
}

const OF_MAKE = `(select m.make_id from conformance.make m where m.operator_id = $1 and m.maker = $2 and ($3::text is null or m.model = $3) and ($4::text is null or m.firmware = $4))`;
const filterValues = (tx: Tx, of: MakeFilter, days: Days): unknown[] => [onlyOperator(tx), of.maker, of.model, of.firmware, days.from, days.to];

export type Example = { readonly fault: Fault; readonly chargePointId: ChargePointId; readonly countedOn: string; readonly sequence: bigint | null; readonly sessionId: SessionId | null; readonly detail: string; readonly causes: readonly string[] };

/** Frames or sessions that show a fault, the newest first. */
export async function listExamples(tx: Tx, of: MakeFilter & Days & { readonly fault: Fault }, page: { readonly after: readonly [string, string] | null; readonly limit: number }): Promise<Example[]> {
  const [day, key] = page.after ?? [null, null];
  if (isSessionFault(of.fault)) {
    return tx.query<Example>(
      `select $7 as fault, s.charge_point_id as "chargePointId", s.counted_on::text as "countedOn", null::bigint as sequence, s.session_id as "sessionId", '' as detail, s.causes
       from conformance.session_count s where s.operator_id = $1 and s.make_id in ${OF_MAKE} and s.counted_on between $5 and $6 and s.kinds @> array[$7::text] and ($8::date is null or (s.counted_on, s.session_id) < ($8, $9::uuid))
       order by s.counted_on desc, s.session_id desc limit $10`, [...filterValues(tx, of, of), of.fault, day, key, page.limit]);
  }
  return tx.query<Example>(
    `select f.kind as fault, f.charge_point_id as "chargePointId", f.counted_on::text as "countedOn", f.frame_sequence as sequence, null::uuid as "sessionId", f.detail, '{}'::text[] as causes
     from conformance.finding f where f.operator_id = $1 and f.make_id in ${OF_MAKE} and f.counted_on between $5 and $6 and f.kind = $7 and ($8::date is null or (f.counted_on, f.frame_sequence) < ($8, $9::bigint))
     order by f.counted_on desc, f.frame_sequence desc limit $10`, [...filterValues(tx, of, of), of.fault, day, key, page.limit]);
}
/** Where the list of examples goes on. */
export const exampleKey = ({ countedOn, sequence, sessionId }: Example): readonly [string, string] => [countedOn, sessionId ?? String(sequence)];

/** Findings in the order of frames, for a pack. */
export const findingsAfter = (tx: Tx, of: MakeFilter & Days, after: bigint, countMax: number): Promise<{ sequence: bigint; kinds: readonly string[] }[]> => tx.query(
  `select f.frame_sequence as sequence, array_agg(distinct f.kind order by f.kind) as kinds from conformance.finding f
   where f.operator_id = $1 and f.make_id in ${OF_MAKE} and f.counted_on between $5 and $6 and f.frame_sequence > $7 group by f.frame_sequence order by f.frame_sequence limit $8`, [...filterValues(tx, of, of), String(after), countMax]);

export type CountedSession = { readonly sessionId: SessionId; readonly kinds: readonly string[]; readonly maker: string; readonly model: string; readonly firmware: string };
/** Sessions in the order of their ids, for a pack; only the abnormal ones when asked. */
export const sessionsAfter = (tx: Tx, of: MakeFilter & Days & { readonly abnormalOnly: boolean }, after: string | null, countMax: number): Promise<CountedSession[]> => tx.query<CountedSession>(
  `select s.session_id as "sessionId", s.kinds, m.maker, m.model, m.firmware from conformance.session_count s join conformance.make m on m.operator_id = s.operator_id and m.make_id = s.make_id
   where s.operator_id = $1 and s.make_id in ${OF_MAKE} and s.counted_on between $5 and $6 and (not $7::boolean or cardinality(s.kinds) > 0) and ($8::uuid is null or s.session_id > $8) order by s.session_id limit $9`,
  [...filterValues(tx, of, of), of.abnormalOnly, after, countMax]);
