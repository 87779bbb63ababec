/** Sound sessions of all kinds: what a car draws, and what an honest station says of it. */
import type { Chance } from './chance.ts';
import { drawCharge, HOUR, MINUTE, type Charge, type Station } from './station.ts';
import type { ConnectorWord, Told, Word } from './told.ts';

const READ_EVERY_FULL_MS = 15 * MINUTE;

/** What a connector looks like between two sessions. */
export type Connector = { readonly station: Station; registerWh: number; freeAt: number; sessions: number; keptWh: number | null };

export type Stay = { readonly charge: Charge; readonly stayMs: number };

/** A car comes with a battery, and leaves when it is full enough or its driver has time. */
export function drawStay(chance: Chance, station: Station): Stay {
  const charge = drawCharge(chance, station, chance.between(0.05, 0.7));
  const wishedMs = station.isDc ? charge.fullAfterMs * chance.between(0.2, 1.15) : chance.is(0.3) ? chance.between(6, 14) * HOUR : chance.between(0.4, 6) * HOUR;
  return { charge, stayMs: Math.round(Math.min(Math.max(wishedMs, 4 * MINUTE), 20 * HOUR)) };
}

/** Longer than the operator likes: full, and plugged in for a day and more. */
export function drawParked(chance: Chance, station: Station): Stay | null {
  for (let tries = 0; tries < 12; tries++) {
    const charge = drawCharge(chance, station, chance.between(0.3, 0.8));
    if (charge.fullAfterMs < 7 * HOUR) return { charge, stayMs: Math.round(charge.fullAfterMs + chance.between(25, 40) * HOUR) };
  }
  return null;
}

export function tellSound(chance: Chance, connector: Connector, startAt: number, { charge, stayMs }: Stay): Told {
  const { station } = connector;
  const base = station.counts === 'session' ? 0 : connector.registerWh;
  const shown = (wh: number): number => Math.floor(wh / station.stepWh) * station.stepWh;
  const endAt = startAt + stayMs;
  const registerAt = (at: number): number => shown(base + charge.energyWh(at - startAt));
  const words: Word[] = [word('start', startAt, registerAt(startAt)), ...readingTimes(chance, station, charge, startAt, endAt).map((at): Word => ({
    ...word('read', at, registerAt(at)), powerW: station.saysPower ? Math.round(charge.powerW(at - startAt)) : null, socPercent: station.saysSoc ? Math.round(100 * charge.soc(at - startAt)) : null,
  })), word('end', endAt, registerAt(endAt))];
  for (const [seqNo, each] of words.entries()) {
    each.seqNo = station.version === '2.0.1' ? seqNo : null;
    each.stamp = each.at + station.clockOffMs;
    each.recordedAt = Math.round(each.at + 80 + chance.next() * station.delayMaxMs);
  }
  const number = connector.sessions;
  return {
    station, transaction: `${station.version === '1.6' ? 'v16' : 'v201'}:${number + 1}`, idToken: `CARD${chance.below(40)}`, charge, startAt, endAt, startWh: registerAt(startAt), endWh: registerAt(endAt), keptWh: connector.keptWh, words,
    statuses: connectorWords(chance, station, startAt, endAt), shown: [], statedMs: station.bills ? stayMs : null, statedWh: station.bills ? registerAt(endAt) - registerAt(startAt) : null,
    planted: [], causes: [], late: null, nextNotBefore: endAt + 2 * MINUTE, twin: null, dies: false,
  };
}

const word = (kind: Word['kind'], at: number, registerWh: number): Word =>
  ({ kind, at, stamp: at, recordedAt: at, registerWh, powerW: null, socPercent: null, seqNo: null, offline: false });

function readingTimes(chance: Chance, { readEveryMs }: Station, { fullAfterMs }: Charge, startAt: number, endAt: number): number[] {
  if (readEveryMs === null) return [];
  const times: number[] = [];
  // Some read by the clock, some from the start on.
  const first = chance.is(0.5) ? startAt + readEveryMs : Math.ceil((startAt + 1_000) / readEveryMs) * readEveryMs;
  for (let at = first; at < endAt - 1_000; at += at > startAt + fullAfterMs ? Math.max(readEveryMs, READ_EVERY_FULL_MS) : readEveryMs) times.push(at);
  return times;
}

/** Plugged in, charging, finished, gone. Most hold up their card at once. */
function connectorWords(chance: Chance, { version, delayMaxMs }: Station, startAt: number, endAt: number): ConnectorWord[] {
  const said = (at: number, status: string): ConnectorWord => ({ at: Math.round(at), recordedAt: Math.round(at + 80 + chance.next() * delayMaxMs), status });
  const pluggedAt = startAt - (chance.is(0.01) ? chance.between(5, 12) * MINUTE : chance.between(4_000, 90_000));
  const goneAt = endAt + chance.between(3_000, 100_000);
  return version === '1.6'
    ? [said(pluggedAt, 'Preparing'), said(startAt + 900, 'Charging'), said(endAt + 900, 'Finishing'), said(goneAt, 'Available')]
    : [said(pluggedAt, 'Occupied'), said(goneAt, 'Available')];
}

/** Ways in which the network treats sound sessions; none of them is a fault, and none changes a bill. */
export function travel(chance: Chance, told: Told): void {
  const { words, station } = told;
  const way = chance.next();
  if (way < 0.02) for (const each of words.filter(() => chance.is(0.5))) words.push({ ...each, recordedAt: each.recordedAt + Math.round(chance.between(200, 90_000)) });
  else if (way < 0.04) for (const each of words) each.recordedAt += Math.round(chance.between(0, 50_000));
  else if (way < 0.08) queue(chance, told, chance.between(0.1, 0.6), chance.between(0.65, 0.95));
  else if (way < 0.1) queue(chance, told, chance.between(0.1, 0.8), 2);
  else if (way < 0.11 && station.version === '1.6' && (station.readEveryMs ?? HOUR) <= 5 * MINUTE) told.words = words.filter(({ kind }) => kind !== 'read' || chance.is(0.8));
}

/** The network is gone for a part of a session; what is said meanwhile waits and comes at once. */
export function queue(chance: Chance, told: Told, from: number, to: number): void {
  const length = told.endAt - told.startAt;
  const [gone, back] = [told.startAt + length * from, to > 1 ? told.endAt + chance.between(1, 240) * MINUTE : told.startAt + length * to];
  let place = 0;
  for (const each of told.words) {
    if (each.at < gone || each.at > back) continue;
    each.recordedAt = Math.round(back + 400 + 60 * place++);
    each.offline = told.station.version === '2.0.1';
  }
  told.statuses = told.statuses.map((said) => (said.at < gone || said.at > back ? said : { ...said, recordedAt: Math.round(back + 200) }));
  if (to > 1) told.nextNotBefore = Math.max(told.nextNotBefore, back + 2 * MINUTE);
}
