import { drawCar, powerAt, type Car } from './curve.ts';
import type { LivingClock } from './living-clock.ts';
import type { Random } from './random.ts';
import type { Station } from './station.ts';
import type { ConnectorProfile, ExpectedClass, LivedSession, Reading, TransactionMessage } from './types.ts';

export type LivingOptions = {
  readonly clock: LivingClock;
  readonly random: Random;
  readonly readingEveryMs: number;
  /** While history is caught up, readings come this far apart. */
  readonly readingEveryCatchingUpMs: number;
  readonly sessionMinutesMax: number;
  readonly faultRate: number;
  readonly onLived: (session: LivedSession) => void;
};
/** What a connector has to remember when the power goes: it is in its flash. */
export type ConnectorMemory = { evse: number; registerWh: number; open: OpenSession | null };
export type OpenSession = { session: string; idToken: string; transactionId: number | string | null; startAt: number; registerStartWh: number; seqNo: number };
type Trouble = 'zero_then_jump' | 'offline_queue' | 'never_stops' | 'duplicated' | 'register_reset';
const TROUBLES: readonly Trouble[] = ['zero_then_jump', 'offline_queue', 'never_stops', 'duplicated', 'register_reset'];
const EXPECTED: Readonly<Record<Trouble, ExpectedClass>> = { zero_then_jump: 'flagged', offline_queue: 'billed', never_stops: 'flagged', duplicated: 'billed', register_reset: 'flagged' };
const SECOND = 1_000;

/** One connector in real time: a car comes, charges on a curve, is full or is stopped, and leaves. */
export class LivingConnector {
  readonly profile: ConnectorProfile;
  readonly memory: ConnectorMemory;
  readonly #station: Station;
  readonly #options: LivingOptions;
  #stop: { reason: string; wake: () => void } | null = null;
  #busy = false;
  #number = 0;

  constructor(station: Station, profile: ConnectorProfile, memory: ConnectorMemory, options: LivingOptions) {
    this.#station = station;
    this.profile = profile;
    this.memory = memory;
    this.#options = options;
  }

  get isBusy(): boolean { return this.#busy; }
  get evse(): number { return this.profile.evse; }

  /** After a power cut: the session that was open is stopped with what the register shows. */
  closeAfterPowerLoss(): void {
    const { open } = this.memory;
    if (!open) return;
    this.memory.open = null;
    const at = this.#options.clock.now();
    this.#station.deliver(this.#message('ended', open, {
      at, registerWh: Math.floor(this.memory.registerWh), reason: 'PowerLoss', ...(typeof open.transactionId === 'number' ? { transactionId: open.transactionId } : {}),
    }));
  }

  /** @returns false when a car is there already. */
  plugIn(idToken: string, remoteStartId?: number): boolean {
    if (this.#busy) return false;
    this.#busy = true;
    void this.#visit(idToken, remoteStartId).finally(() => { this.#busy = false; });
    return true;
  }

  /** @returns whether this connector has that transaction open. */
  stopTransaction(transactionId: number | string, reason: string): boolean {
    const { open } = this.memory;
    if (!open || this.#station.transactionId(open.session) !== transactionId || !this.#stop) return false;
    this.#stop.reason = reason;
    this.#stop.wake();
    return true;
  }

  async tellStatus(): Promise<void> {
    await this.#station.status(this.evse, this.memory.open ? 'Charging' : 'Available', this.#stamp());
  }

  tellReading(): void {
    if (this.memory.open) this.#station.deliver(this.#message('reading', this.memory.open, { readings: [this.#reading(0, undefined)] }));
  }

  async #visit(idToken: string, remoteStartId: number | undefined): Promise<void> {
    const { clock, random } = this.#options;
    await this.#station.status(this.evse, 'Preparing', this.#stamp());
    await clock.sleep(random.between(3, 12) * SECOND);
    if (remoteStartId === undefined && await this.#station.authorize(idToken) === false) {
      await this.#station.status(this.evse, 'Available', this.#stamp());
      return;
    }
    await this.#charge(idToken, remoteStartId);
    await clock.sleep(random.between(5, 90) * SECOND);
    await this.#station.status(this.evse, 'Available', this.#stamp());
  }

  async #charge(idToken: string, remoteStartId: number | undefined): Promise<void> {
    const { clock, random } = this.#options;
    const trouble = random.chance(this.#options.faultRate) ? random.pick(TROUBLES) : null;
    const startAt = clock.now();
    const registerStartWh = Math.floor(this.memory.registerWh);
    const open: OpenSession = { session: `${this.#station.profile.identity}.${this.evse}.${startAt.toString(36)}.${this.#number++}`.slice(-36), idToken, transactionId: null, startAt, registerStartWh, seqNo: 0 };
    this.memory.open = open;
    this.#station.deliver(this.#message('started', open, {
      at: startAt, registerWh: trouble === 'zero_then_jump' ? 0 : registerStartWh, idToken,
      ...(remoteStartId === undefined ? {} : { remoteStartId }), ...(trouble === 'duplicated' ? { manner: { copies: 2 } } : {}),
    }));
    await this.#station.status(this.evse, 'Charging', this.#stamp());
    const car = drawCar(random, this.profile.maxPowerW);
    const drawnWh = await this.#draw(open, car, trouble);
    if (trouble !== 'never_stops') {
      this.#station.deliver(this.#message('ended', open, { at: clock.now(), registerWh: Math.floor(this.memory.registerWh), idToken, reason: this.#stop?.reason ?? 'Local' }));
      await this.#station.status(this.evse, 'Finishing', this.#stamp());
    }
    this.#stop = null;
    this.memory.open = null;
    this.#tell(open, drawnWh, trouble);
  }

  /** Steps of one reading each, until the car has enough, the time is over, or somebody stops it. */
  async #draw(open: OpenSession, car: Car, trouble: Trouble | null): Promise<number> {
    const { clock, random } = this.#options;
    const endBy = open.startAt + random.between(0.4, 1) * this.#options.sessionMinutesMax * 60 * SECOND;
    const woken = new Promise<void>((resolve) => { this.#stop = { reason: 'Local', wake: resolve }; });
    const stopped = { now: false };
    void woken.then(() => { stopped.now = true; });
    const troubleAt = open.startAt + random.between(2, 8) * 60 * SECOND;
    let soc = car.soc, last = clock.now(), drawn = 0, inTrouble = false;
    while (soc < car.targetSoc && clock.now() < endBy && !stopped.now) {
      await clock.sleep(clock.hasCaughtUp() ? this.#options.readingEveryMs : this.#options.readingEveryCatchingUpMs, woken);
      const powerW = Math.round(powerAt(soc, car, this.profile.maxPowerW) * random.between(0.97, 1));
      const step = (powerW * (clock.now() - last)) / 3_600_000;
      last = clock.now();
      this.memory.registerWh += step;
      drawn += step;
      soc = Math.min(1, soc + step / car.capacityWh);
      if (!inTrouble && last > troubleAt) inTrouble = this.#startTrouble(trouble);
      open.transactionId = this.#station.transactionId(open.session);
      this.#station.deliver(this.#message('reading', open, { at: last, readings: [this.#reading(powerW, Math.round(soc * 100))] }));
    }
    return drawn;
  }

  #startTrouble(trouble: Trouble | null): boolean {
    if (trouble === 'register_reset') this.memory.registerWh = 0;
    if (trouble === 'offline_queue') {
      this.#station.goOffline();
      void this.#options.clock.sleep(this.#options.random.between(2, 9) * 60 * SECOND).then(() => this.#station.goOnline());
    }
    return true;
  }

  #tell(open: OpenSession, drawnWh: number, trouble: Trouble | null): void {
    const id = this.#station.transactionId(open.session);
    this.#options.onLived({
      session: open.session, station: this.#station.profile.identity, version: this.#station.profile.version, evse: this.evse, idToken: open.idToken,
      startAt: open.startAt, endAt: this.#options.clock.now(), trueEnergyWh: Math.round(drawnWh), faults: trouble ? [trouble] : [], causes: {}, expected: trouble ? EXPECTED[trouble] : 'billed',
      transactionRef: id === null ? null : typeof id === 'number' ? `v16:${id}` : `v201:${id}`, startStatus: null, sent: open.seqNo, discarded: 0,
    });
  }

  #reading(powerW: number, socPercent: number | undefined): Reading {
    return { at: this.#options.clock.now(), stamp: this.#stamp(), registerWh: Math.floor(this.memory.registerWh), powerW, ...(socPercent === undefined ? {} : { socPercent }) };
  }

  #message(kind: TransactionMessage['kind'], open: OpenSession, changes: Partial<TransactionMessage>): TransactionMessage {
    const seqNo = open.seqNo++;
    return {
      kind, session: open.session, messageId: `${open.session}.${seqNo}`.slice(-36), evse: this.evse, at: this.#options.clock.now(), stamp: this.#stamp(),
      registerWh: null, idToken: null, seqNo, readings: [], manner: {}, ...changes,
    };
  }

  #stamp(): string { return new Date(this.#options.clock.now()).toISOString(); }
}
