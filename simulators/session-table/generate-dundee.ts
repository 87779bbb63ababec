import { seededRandom } from '../charge-point/random.ts';
import { cell, flawCount, flawPicker, kilowattHours, livedSessions, two, type GeneratedPoint, type GeneratedSession } from './generate-sessions.ts';
import { wallClockOffsetMs } from './wall-clock.ts';

/** Shares of rows, counted in a published quarter of a Scottish city (15,502 rows). */
const SHARES = { endMissing: 82, pointMissing: 2, zeroDuration: 229, zeroDurationWithEnergy: 36, zeroEnergy: 578, negativeEnergy: 2, longStay: 327, endUnset: 1, overlap: 29 };
const COUNTED_ROWS = 15_502;
const ZONE = 'Europe/London';
const STREETS = ['Harbour Street', 'Mill Wynd', 'Castle Brae', 'Kirk Lane', 'Station Road', 'Whale Lane', 'Jute Row', 'Law View', 'Ferry Terrace', 'Observatory Road'];
const KINDS = ['Car Park', 'Multi-Storey Car Park', 'Leisure Centre', 'Library', 'Sheltered Housing'];
const MODELS: readonly [name: string, powerW: number, connectors: number][] = [['Triple Rapid Charger', 50_000, 2], ['7kW Dual Outlet', 7_000, 2], ['7kW Single Outlet', 7_000, 1], ['22kW Dual Outlet', 22_000, 2], ['Dual Rapid Charger', 50_000, 2]];

type Row = { readonly event: number; readonly session: GeneratedSession; readonly text: { point: string; site: string; start: [string, string]; end: [string, string]; energy: string; cost: string } };

/**
 * A table like a Scottish city's: times on the wall clock of Europe/London over the end of summer time, day and month exchanged for
 * days up to 12, rows from the newest to the oldest, one kind of line end after the header and another after the rows.
 */
export function generateDundee(seed: number, rows: number): string {
  const random = seededRandom(seed);
  const count = (share: Share): number => flawCount(rows, SHARES[share] / COUNTED_ROWS);
  const points: GeneratedPoint[] = Array.from({ length: Math.max(2, Math.ceil(rows / 300)) }, (_, index) => {
    const [model, powerW, connectors] = MODELS[index % MODELS.length]!;
    return { key: String(50_200 + index * 7), place: `${STREETS[index % STREETS.length]} ${KINDS[Math.floor(index / STREETS.length) % KINDS.length]}, Northhaven`, model, powerW, connectors };
  });
  const sessions = livedSessions(random, points, { count: rows, beginAt: Date.UTC(2017, 8, 1, 5), seconds: false, hoursBetween: 8, longStays: count('longStay') });
  const pick = flawPicker(random, sessions.filter((session) => !session.longStay));
  bendSessions(sessions, pick, count);
  const written = writeRows(sessions, () => 1 + random.integer(3));
  const bySession = new Map(written.map((row) => [row.session, row]));
  for (const session of pick(count('endMissing'))) Object.assign(bySession.get(session)!.text, { end: ['', ''], energy: '', cost: '' });
  for (const session of pick(count('pointMissing'))) Object.assign(bySession.get(session)!.text, { point: '', site: '', end: ['', ''], energy: '', cost: '' });
  for (const session of pick(count('endUnset'))) bySession.get(session)!.text.end = ['1970-01-01T00:00:00', '01:00'];
  const header = '_id,Charging event,CP ID,Connector,Start Date,Start Time,End Date,End Time,Total kWh,Cost,Site,Group,Model\r\n';
  return header + written.toReversed().map(({ event, session, text }, index) =>
    [index + 1, event, text.point, session.connector, ...text.start, ...text.end, text.energy, text.cost, cell(text.site), 'Northhaven Council', session.point.model].join(',') + '\n').join('');
}

type Share = keyof typeof SHARES;

/** The flaws that lie in what happened, not in how it was written. */
function bendSessions(sessions: readonly GeneratedSession[], pick: (count: number) => GeneratedSession[], count: (share: Share) => number): void {
  for (const session of pick(count('zeroDuration') - count('zeroDurationWithEnergy'))) Object.assign(session, { endAt: session.startAt, energyWh: 0 });
  for (const session of pick(count('zeroDurationWithEnergy'))) session.endAt = session.startAt;
  for (const session of pick(count('zeroEnergy'))) session.energyWh = 0;
  for (const session of pick(count('negativeEnergy'))) session.energyWh = -session.energyWh - 20_000;
  for (const session of pick(count('overlap'))) {
    const next = sessions.find((each) => each.point === session.point && each.connector === session.connector && each.startAt > session.startAt);
    if (next) session.endAt = Math.max(session.endAt, next.startAt + 60_000);
  }
}

function writeRows(sessions: readonly GeneratedSession[], step: () => number): Row[] {
  let event = 3_800_000;
  return sessions.toSorted((a, b) => a.startAt - b.startAt).map((session) => ({
    event: (event += step()), session,
    text: { point: session.point.key, site: session.point.place, start: written(session.startAt), end: written(session.endAt), energy: kilowattHours(session.energyWh), cost: '0' },
  }));
}

function written(at: number): [date: string, time: string] {
  const wall = new Date(at + wallClockOffsetMs(at, ZONE));
  const [month, day] = [wall.getUTCMonth() + 1, wall.getUTCDate()];
  const [second, third] = day <= 12 ? [day, month] : [month, day];
  return [`${wall.getUTCFullYear()}-${two(second)}-${two(third)}T00:00:00`, `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}`];
}
