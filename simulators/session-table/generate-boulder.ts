import { seededRandom, type Random } from '../charge-point/random.ts';
import { cell, flawCount, flawPicker, kilowattHours, livedSessions, two, type GeneratedPoint, type GeneratedSession } from './generate-sessions.ts';
import { wallClockOffsetMs } from './wall-clock.ts';

/** Shares of rows, counted in three published years of a town in Colorado (24,081 rows). */
const SHARES = { zeroEnergy: 1_903, zeroDuration: 194, longStay: 270, endUnset: 1, durationDiffers: 4, repeated: 16, zoneWrong: 22 };
const COUNTED_ROWS = 24_081;
const ZONE = 'America/Denver';
const PLACES = ['JUNCTION ST', 'REC CENTER ST', '1000WALNUT', 'LIBRARY ST', 'EAST REC ', '2200 BROADWAY', 'PARK S', 'AIRPORT ST'];
type Flaws = { readonly durationDiffers: ReadonlySet<GeneratedSession>; readonly endUnset: ReadonlySet<GeneratedSession>; readonly zoneWrong: ReadonlySet<GeneratedSession> };

/**
 * A table like a town's in Colorado: a byte order mark, slashes in names, times in UTC cut to minutes beside the name of the local
 * zone, two plugs a station that the table does not tell apart, a duration column to the second, rows not quite in order.
 */
export function generateBoulder(seed: number, rows: number): string {
  const random = seededRandom(seed);
  const points: GeneratedPoint[] = Array.from({ length: Math.max(2, Math.ceil(rows / 900)) }, (_, index) => {
    const prefix = index % 3 === 0 ? 'COMM VITALITY' : 'HIGHTOWN';
    return { key: `${prefix} / ${PLACES[index % PLACES.length]}${1 + Math.floor(index / PLACES.length)}`, place: `${900 + index * 10} ${['Baseline Rd', 'Pearl St', 'Walnut St'][index % 3]}`, model: 'Level 2', powerW: 6_600, connectors: 2 };
  });
  const count = (share: keyof typeof SHARES): number => flawCount(rows, SHARES[share] / COUNTED_ROWS);
  const repeated = Math.min(count('repeated'), Math.floor(rows / 4));
  const sessions = livedSessions(random, points, { count: rows - repeated, beginAt: Date.UTC(2018, 0, 2, 14), seconds: true, hoursBetween: 24, longStays: count('longStay') });
  const pick = flawPicker(random, sessions.filter((session) => !session.longStay));
  for (const session of pick(count('zeroEnergy'))) session.energyWh = 0;
  for (const session of pick(count('zeroDuration'))) atOnce(session);
  const flaws: Flaws = { durationDiffers: new Set(pick(count('durationDiffers'))), endUnset: new Set(pick(count('endUnset'))), zoneWrong: new Set(pick(count('zoneWrong'))) };
  for (const session of flaws.endUnset) session.energyWh = 0;
  const listed = disordered([...sessions, ...pick(repeated)], random);
  const header = '\uFEFFStation_Name,Address,City,State_Province,Zip_Postal_Code,Start_Date___Time,Start_Time_Zone,End_Date___Time,End_Time_Zone,Total_Duration__hh_mm_ss_,Charging_Time__hh_mm_ss_,Energy__kWh_,GHG_Savings__kg_,Gasoline_Savings__gallons_,Port_Type,ObjectId\n';
  return header + listed.map((session, index) => line(session, index + 1, flaws)).join('');
}

/** Plugged in and out within a minute: start and end are the same once the seconds are cut. */
function atOnce(session: GeneratedSession): void {
  session.startAt = Math.floor(session.startAt / 60_000) * 60_000;
  Object.assign(session, { endAt: session.startAt + 41_000, energyWh: 0 });
}

/** Neighbours change places now and then, as sessions are listed when they are uploaded. */
function disordered(sessions: readonly GeneratedSession[], random: Random): GeneratedSession[] {
  const listed = sessions.toSorted((a, b) => a.startAt - b.startAt);
  for (let i = 0; i + 3 < listed.length; i += 4) {
    if (random.chance(0.2)) [listed[i], listed[i + 3]] = [listed[i + 3]!, listed[i]!];
  }
  return listed;
}

function line(session: GeneratedSession, objectId: number, flaws: Flaws): string {
  const { point, startAt, endAt, energyWh } = session;
  const unset = flaws.endUnset.has(session);
  const lengthMs = flaws.durationDiffers.has(session) ? endAt - startAt + 540_000 : endAt - startAt;
  const duration = unset ? '838:59:59' : clock(lengthMs);
  const charging = energyWh === 0 ? '0:00:00' : clock(Math.min(endAt - startAt, 6 * 3_600_000));
  const startZone = zoneName(startAt);
  return [
    point.key, cell(point.place), 'Hightown', 'Colorado', '80301',
    stamp(startAt), flaws.zoneWrong.has(session) ? otherZone(startZone) : startZone,
    unset ? '1970/01/01 00:00:00+00' : stamp(endAt), unset ? 'MST' : zoneName(endAt),
    duration, charging, kilowattHours(energyWh), String(Math.round(energyWh * 0.42) / 1000), String(Math.round(energyWh * 0.1255) / 1000), point.model, objectId,
  ].join(',') + '\n';
}

const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ').replaceAll('-', '/')}:00+00`;
const zoneName = (at: number): string => (wallClockOffsetMs(at, ZONE) === -6 * 3_600_000 ? 'MDT' : 'MST');
const otherZone = (zone: string): string => (zone === 'MST' ? 'MDT' : 'MST');
const clock = (ms: number): string => `${Math.floor(ms / 3_600_000)}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}`;
