import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { BUSY_BY_HOUR } from './days.ts';
import { LivingConnector, type ConnectorMemory, type LivingOptions } from './living-connector.ts';
import { seededRandom, type Random } from './random.ts';
import { answerOrder } from './remote.ts';
import { Station, type StationOptions } from './station.ts';
import type { StationProfile } from './types.ts';

export type FleetOptions = Omit<LivingOptions, 'random'> & {
  readonly seed: number;
  readonly station: Omit<StationOptions, 'onCall' | 'onDelivered'>;
  /** At least this many cars charge at any hour, as far as there are connectors. */
  readonly carsMin: number;
  /** Registers and open sessions survive in this file, as they do in a meter and a station's flash. */
  readonly stateFile?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProblem: (message: string) => void;
};
type Memory = Record<string, ConnectorMemory[]>;
type LivingStation = { readonly station: Station; readonly connectors: LivingConnector[]; readonly random: Random };
const TICK_MS = 15_000, SAVE_EVERY_MS = 5_000;

/** Lives stations in real time until the signal: cars come by the hour of the day, the platform may start and stop them. */
export async function liveFleet(profiles: readonly StationProfile[], options: FleetOptions): Promise<void> {
  const memory = readMemory(options.stateFile);
  const fleet = profiles.map((profile) => furnish(profile, memory[profile.identity] ?? [], options));
  const aborted = new Promise<void>((resolve) => options.signal.addEventListener('abort', () => resolve(), { once: true }));
  const saving = setInterval(() => writeMemory(options.stateFile, fleet), SAVE_EVERY_MS);
  try {
    await Promise.race([aborted, Promise.all(fleet.map((member) => switchOn(member, options)))]);
    await Promise.race([aborted, bringCars(fleet, options, aborted)]);
  } finally {
    clearInterval(saving);
    writeMemory(options.stateFile, fleet);
    for (const { station } of fleet) station.goOffline();
  }
}

function furnish(profile: StationProfile, remembered: readonly ConnectorMemory[], options: FleetOptions): LivingStation {
  const random = seededRandom(options.seed).fork(profile.identity);
  const connectors: LivingConnector[] = [];
  const station: Station = new Station(profile, { ...options.station, onCall: (action, payload) => answerOrder(action, payload, station, connectors) });
  for (const connector of profile.connectors) {
    const memory = remembered.find((entry) => entry.evse === connector.evse)
      ?? { evse: connector.evse, registerWh: connector.registerWh ?? Math.round(random.between(300_000, 4_000_000)), open: null };
    connectors.push(new LivingConnector(station, connector, memory, { ...options, random: random.fork(String(connector.evse)) }));
  }
  return { station, connectors, random };
}

async function switchOn({ station, connectors }: LivingStation, options: FleetOptions): Promise<void> {
  await station.goOnline();
  for (const connector of connectors) {
    connector.closeAfterPowerLoss();
    await connector.tellStatus();
  }
  void beat(station, options).catch((error: unknown) => options.onProblem(String(error)));
}

async function beat(station: Station, options: FleetOptions): Promise<void> {
  while (!options.signal.aborted) {
    await options.clock.sleep(Math.max(10, station.heartbeatIntervalS || 300) * 1_000);
    if (station.isOnline) await station.heartbeat();
  }
}

/** Every quarter minute, compares the cars that charge with what the hour asks for and sends one to a free connector. */
async function bringCars(fleet: readonly LivingStation[], options: FleetOptions, aborted: Promise<void>): Promise<void> {
  const random = seededRandom(options.seed).fork('cars');
  const all = fleet.flatMap((member) => member.connectors.map((connector) => ({ ...member, connector })));
  for (let first = true; !options.signal.aborted; first = false) {
    const busy = BUSY_BY_HOUR[new Date(options.clock.now()).getUTCHours()]!;
    const wanted = Math.min(all.length, Math.max(options.carsMin, Math.round(all.length * 0.6 * busy)));
    let missing = wanted - all.filter((entry) => entry.connector.isBusy).length;
    // At the beginning the cars are there already; later they come one by one.
    for (let comes = first ? missing : Math.min(1, missing); comes > 0; comes--, missing--) {
      const free = all.filter((entry) => !entry.connector.isBusy && entry.station.isOnline && (entry.station.profile.tokens ?? []).length > 0);
      if (free.length === 0) break;
      const { connector, station } = random.pick(free);
      connector.plugIn(random.pick(station.profile.tokens!));
    }
    await options.clock.sleep(random.between(0.5, 1.5) * TICK_MS, aborted);
  }
}

function readMemory(file: string | undefined): Memory {
  if (file === undefined || !existsSync(file)) return {};
  return JSON.parse(readFileSync(file, 'utf8')) as Memory;
}

function writeMemory(file: string | undefined, fleet: readonly LivingStation[]): void {
  if (file === undefined) return;
  const memory: Memory = Object.fromEntries(fleet.map(({ station, connectors }) => [station.profile.identity, connectors.map((connector) => connector.memory)]));
  writeFileSync(`${file}.part`, JSON.stringify(memory));
  renameSync(`${file}.part`, file);
}
