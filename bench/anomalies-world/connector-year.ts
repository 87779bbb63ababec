/** A year of one connector, session after session, with what goes wrong in it. */
import { chanceOf, type Chance } from './chance.ts';
import { isFit, isPossible, plant, type FaultName, type Mixture } from './faults.ts';
import { drawParked, drawStay, tellSound, travel, type Connector } from './sound.ts';
import { DAY, drawStation, HOUR, MINUTE } from './station.ts';
import type { Told } from './told.ts';

export type YearOptions = { readonly seed: number; readonly sessionsPerConnector: number; readonly table: readonly Mixture[]; /** Of all sessions. */ readonly faultShare: number };
const YEAR_FROM = Date.UTC(2025, 0, 1, 3);
/** Where the register says 0 before the meter answers it is the make's doing: these stations, and often. */
const LATE_METERS_SHARE = 0.25;

type Draw = { readonly other: number; readonly late: number; readonly pick: (chance: Chance, late: boolean) => Mixture };

const needsLateMeter = ({ faults }: Mixture): boolean => faults.includes('zero_jump') || faults.includes('zero_jump_lost');

/** Weights kept over all stations, although some faults are those of few. */
function drawOf(table: readonly Mixture[]): Draw {
  const sum = (of: readonly Mixture[]): number => of.reduce((total, { weight }) => total + weight, 0);
  const [late, other] = [table.filter(needsLateMeter), table.filter((each) => !needsLateMeter(each))];
  const pickOf = (of: readonly Mixture[]) => (chance: Chance): Mixture => {
    let left = chance.next() * sum(of);
    return of.find(({ weight }) => (left -= weight) < 0) ?? of.at(-1)!;
  };
  const [pickLate, pickOther] = [pickOf(late), pickOf(other)];
  return { other: sum(other) / sum(table), late: sum(late) / sum(table), pick: (chance, isLate) => (isLate ? pickLate(chance) : pickOther(chance)) };
}

/** Connectors whose faults come from one list: what a station cannot have happens at another one. */
export type Block = { readonly options: YearOptions; readonly draw: Draw; readonly waiting: Mixture[] };
export const CONNECTORS_PER_BLOCK = 20;
export const blockOf = (options: YearOptions): Block => ({ options, draw: drawOf(options.table), waiting: [] });

export function* connectorYear(number: number, { options: { seed, sessionsPerConnector, faultShare }, draw, waiting }: Block): Generator<Told> {
  const chance = chanceOf(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  const place = number % CONNECTORS_PER_BLOCK;
  // In every block the same number of stations has such meters: their share is the operator's, not chance's.
  const station = drawStation(chance, number, place < CONNECTORS_PER_BLOCK * LATE_METERS_SHARE);
  const connector: Connector = { station, registerWh: station.installedWh, freeAt: YEAR_FROM + chance.between(0, DAY), sessions: 0, keptWh: null };
  const lateChance = (faultShare * draw.late) / LATE_METERS_SHARE;
  while (connector.sessions < sessionsPerConnector) {
    if (station.meterAnswersLate && chance.is(lateChance)) waiting.push(draw.pick(chance, true));
    if (chance.is(faultShare * draw.other)) waiting.push(draw.pick(chance, false));
    const { told, planted } = tellNext(chance, connector, waiting);
    if (planted) waiting.splice(waiting.indexOf(planted), 1);
    connector.sessions++;
    advance(chance, connector, told);
    if (told.twin && told.twin.startAt < told.startAt) yield told.twin;
    yield told;
    if (told.twin && told.twin.startAt >= told.startAt) yield told.twin;
    if (told.dies) return;
  }
}

function tellNext(chance: Chance, connector: Connector, waiting: readonly Mixture[]): { told: Told; planted: Mixture | null } {
  const { station } = connector;
  const startAt = Math.round(connector.freeAt);
  const possible = waiting.filter(({ faults }) => faults.every((fault) => isPossible(fault, station)));
  const parked = possible[0]?.faults.includes('parked') ? possible[0] : null;
  const stay = parked ? drawParked(chance, station) : null;
  if (parked && stay) {
    const told = tellSound(chance, connector, startAt, stay);
    if (parked.faults.every((fault) => isFit(fault, told))) return { told: planted(chance, told, parked), planted: parked };
  }
  const told = tellSound(chance, connector, startAt, drawStay(chance, station));
  const fit = possible.find(({ faults }) => faults.every((fault) => fault !== 'parked' && isFit(fault, told)));
  if (fit) return { told: planted(chance, told, fit), planted: fit };
  travel(chance, told);
  return { told, planted: null };
}

function planted(chance: Chance, told: Told, { faults }: Mixture): Told {
  for (const fault of inOrder(faults)) plant(chance, told, fault);
  return told;
}

/** What moves stamps comes last, because it moves whatever is there. */
const inOrder = (faults: readonly FaultName[]): FaultName[] => [...faults].sort((a, b) => Number(a.startsWith('zone') || a.startsWith('clock')) - Number(b.startsWith('zone') || b.startsWith('clock')));

function advance(chance: Chance, connector: Connector, told: Told): void {
  const { station } = connector;
  const reset = told.shown.find(({ at }) => at < 0);
  const soon = told.nextNotBefore < 0;
  const from = Math.max(told.endAt, Math.abs(told.nextNotBefore));
  const gap = soon ? chance.between(3, 30) * MINUTE : chance.is(0.2) ? chance.between(2, 20) * MINUTE : chance.between(0.3, 8) * HOUR;
  connector.freeAt = from + gap;
  connector.keptWh = told.startWh;
  connector.registerWh = station.counts === 'session' ? 0 : (reset?.registerWh ?? told.endWh) + (station.leakW * gap) / HOUR;
  told.shown = told.shown.filter(({ at }) => at > 0);
}
