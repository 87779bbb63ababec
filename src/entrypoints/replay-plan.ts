import { createHash } from 'node:crypto';
import { MS_PER_MINUTE } from '../kernel/index.ts';

/** A row of a table of sessions as its reader understood it; `notReplayable` says why it cannot be lived again. */
export type ReplayRow = {
  readonly rowNumber: number;
  readonly chargePointKey: string | null;
  readonly connector: number;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly energyWh: bigint | null;
  readonly notReplayable: string | null;
};
/** A session as the simulator's script takes it; see `node simulators/charge-point/main.ts --help`. */
export type ScriptedSession = {
  readonly session: string;
  readonly station: string;
  readonly evse: number;
  readonly idToken: string;
  readonly startAt: number;
  readonly endAt: number | null;
  readonly energyWh: number | null;
  readonly registerStartWh: number;
  readonly readings: number;
  readonly readingsInOneMessage: boolean;
};
export type PlannedStation = {
  readonly identity: string;
  readonly name: string;
  readonly version: '1.6' | '2.0.1';
  /** Connector numbers, ascending. */
  readonly evses: readonly number[];
  /** One tag, and one member, for each car that may stand at the station at the same time. */
  readonly tokens: readonly string[];
};
export type PlannedRow = { readonly rowNumber: number; readonly session: ScriptedSession; readonly energyWh: bigint | null };
export type ReplayPlan = {
  readonly stations: readonly PlannedStation[];
  readonly rows: readonly PlannedRow[];
  readonly notReplayable: readonly { readonly rowNumber: number; readonly code: string }[];
};
export type PlanOptions = {
  /** Begins every identity and tag, because identities are unique across all operators. */
  readonly prefix: string;
  readonly readingsMax: number;
};

const READING_EVERY_MS = 15 * MS_PER_MINUTE;
/** Meters do not begin at nothing: a register of 0 has a meaning of its own in the field (C-09). */
const REGISTER_BEGINS_WH = 100_000;
export const ID_TAG_LENGTH_MAX = 20;
/** Cars take turns, so that a wallet is seldom asked for the next session's hold while the last session's bill is being paid from it. */
const MEMBERS_PER_PLACE = 2;

/**
 * What charge points have to live so that every row happens again. Pure, and equal for equal rows: a second run says the same words with
 * the same message ids, which is what lets an interrupted replay go on.
 *
 * A connector has one meter. Where rows overlap on a connector, the energy of the earlier one is in the register before the later one
 * starts, although its stop is said later: so every row's own start and stop registers differ by exactly its energy. A row that draws
 * nothing sees the register of the row it lies in.
 */
export function planReplay(input: readonly ReplayRow[], options: PlanOptions): ReplayPlan {
  const notReplayable: { rowNumber: number; code: string }[] = [];
  const byChargePoint = new Map<string, LivableRow[]>();
  for (const row of input) {
    const code = row.notReplayable ?? (row.chargePointKey === null ? 'no_charge_point' : row.startAt === null ? 'no_start' : null);
    if (code !== null) notReplayable.push({ rowNumber: row.rowNumber, code });
    else byChargePoint.set(row.chargePointKey!, [...(byChargePoint.get(row.chargePointKey!) ?? []), row as LivableRow]);
  }
  const stations: PlannedStation[] = [];
  const rows: PlannedRow[] = [];
  for (const [key, own] of [...byChargePoint].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const planned = planStation(key, own, { ...options, version: stations.length % 2 === 0 ? '1.6' : '2.0.1' });
    stations.push(planned.station);
    rows.push(...planned.rows);
  }
  return { stations, rows, notReplayable };
}

type LivableRow = ReplayRow & { readonly chargePointKey: string; readonly startAt: number };

function planStation(key: string, own: readonly LivableRow[], options: PlanOptions & { version: PlannedStation['version'] }): { station: PlannedStation; rows: PlannedRow[] } {
  const identity = identityOf(key, options.prefix);
  const evses = [...new Set(own.map((row) => row.connector))].sort((a, b) => a - b);
  const rows: PlannedRow[] = [];
  const tokens = new Set<string>();
  for (const evse of evses) {
    const sorted = own.filter((row) => row.connector === evse).sort(byStart);
    const lanes = assignLanes(sorted);
    let registerWh = REGISTER_BEGINS_WH;
    let occupiedUntil = Number.NEGATIVE_INFINITY;
    sorted.forEach((row, index) => {
      const idToken = tokenOf(identity, evse, lanes[index]! * MEMBERS_PER_PLACE + (index % MEMBERS_PER_PLACE));
      tokens.add(idToken);
      const next = sorted[index + 1];
      const alone = row.endAt !== null && occupiedUntil <= row.startAt && (next === undefined || next.startAt >= row.endAt);
      occupiedUntil = Math.max(occupiedUntil, row.endAt ?? Number.POSITIVE_INFINITY);
      const drawsNothing = row.energyWh === null || row.energyWh <= 0n;
      const registerStartWh = drawsNothing ? registerAt(rows, { evse, station: identity, at: row.startAt }) ?? registerWh : registerWh;
      rows.push({ rowNumber: row.rowNumber, energyWh: row.energyWh, session: {
        session: sessionKey(options.prefix, row.rowNumber), station: identity, evse, idToken, startAt: row.startAt, endAt: row.endAt,
        energyWh: row.energyWh === null ? null : Number(row.energyWh), registerStartWh,
        readings: alone ? readingsOf(row.endAt! - row.startAt, options.readingsMax) : 0, readingsInOneMessage: true,
      } });
      if (row.energyWh !== null && row.energyWh > 0n) registerWh += Number(row.energyWh);
    });
  }
  return { station: { identity, name: key, version: options.version, evses, tokens: [...tokens] }, rows };
}

/** Of rows that start together the one that ends first comes first: a failed try before the charge, in tables that know minutes only. */
const byStart = (a: LivableRow, b: LivableRow): number =>
  a.startAt - b.startAt || (a.endAt ?? Number.POSITIVE_INFINITY) - (b.endAt ?? Number.POSITIVE_INFINITY) || a.rowNumber - b.rowNumber;

/** What the meter shows in the middle of the row that draws from it at that time; null when none does. */
function registerAt(rows: readonly PlannedRow[], place: { readonly evse: number; readonly station: string; readonly at: number }): number | null {
  const drawing = rows.findLast(({ session }) => session.evse === place.evse && session.station === place.station && (session.energyWh ?? 0) > 0);
  if (!drawing || drawing.session.endAt === null || drawing.session.endAt <= place.at) return null;
  const { startAt, endAt, energyWh, registerStartWh } = drawing.session;
  return registerStartWh + Math.floor((energyWh! * (place.at - startAt)) / (endAt - startAt));
}

/** The first car's place that is free: cars that stand at the connector at the same time are different members. */
function assignLanes(sorted: readonly LivableRow[]): number[] {
  const freeFrom: number[] = [];
  return sorted.map((row) => {
    const found = freeFrom.findIndex((from) => from < row.startAt);
    const lane = found >= 0 ? found : freeFrom.length;
    freeFrom[lane] = row.endAt === null ? Number.POSITIVE_INFINITY : Math.max(row.startAt, row.endAt);
    return lane;
  });
}

/** The key by which a row's session is known on the wire, as the start of its message ids and in 2.0.1 as its transaction id. */
export const sessionKey = (prefix: string, rowNumber: number): string => `${prefix}.r${rowNumber}`;

const readingsOf = (durationMs: number, max: number): number => Math.max(0, Math.min(max, Math.floor(durationMs / READING_EVERY_MS)));

/** Letters, digits and hyphens of the name, and six digits of its hash, because two names may be alike but for their spaces. */
function identityOf(key: string, prefix: string): string {
  const readable = key.normalize('NFKD').replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 24);
  return `${prefix}-${readable === '' ? 'x' : readable}-${digest(key, 6)}`;
}

const tokenOf = (identity: string, evse: number, lane: number): string => digest(`${identity}/${evse}/${lane}`, ID_TAG_LENGTH_MAX).toUpperCase();
const digest = (text: string, length: number): string => createHash('sha256').update(text).digest('hex').slice(0, length);
