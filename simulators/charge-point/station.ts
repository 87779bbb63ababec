import { randomUUID } from 'node:crypto';
import { dialectOf, type Dialect } from './dialect.ts';
import { hashText } from './random.ts';
import type { ConnectorStatus, StationProfile, TransactionMessage } from './types.ts';
import { openWire, type CallHandler, type CallOutcome, type Wire } from './wire.ts';

/** How the station behaves towards the network; the defaults are those of the standards. */
export type StationOptions = {
  readonly url: string;
  readonly callTimeoutMs: number;
  /** OCPP 1.6 TransactionMessageAttempts, 2.0.1 MessageAttemptsTransactionEvent. */
  readonly attemptsMax: number;
  /** OCPP 1.6 TransactionMessageRetryInterval: the wait is this times the number of earlier sends. */
  readonly retryIntervalMs: number;
  /** Back-off after a lost connection: doubles from the first to the last. */
  readonly backOffMs: { readonly first: number; readonly last: number };
  /** Gives up connecting after this long without success; Infinity for a station in the field. */
  readonly connectGiveUpMs: number;
  readonly onCall?: CallHandler;
  /** Something that a technician would want to know: no answer, an error instead of one, a boot that was not accepted. */
  readonly onTrouble?: (what: string) => void;
  readonly onDelivered?: (message: TransactionMessage, outcome: Delivery) => void;
};
export type Delivery = { readonly kind: 'answered'; readonly transactionId: number | string | null; readonly status: string | null } | { readonly kind: 'discarded' };
export const QUEUE_MESSAGES_MAX = 100_000;

/**
 * One charge point: a connection that comes back, a queue of transaction messages that survives it, and nothing else. Messages
 * leave the queue in order, one at a time; other messages may overtake them (OCPP 1.6 §3.7, 2.0.1 E04).
 */
export class Station {
  readonly profile: StationProfile;
  readonly #options: StationOptions;
  readonly #dialect: Dialect;
  readonly #queue: { message: TransactionMessage; offline: boolean }[] = [];
  readonly #transactionIds = new Map<string, number | string>();
  readonly #idle: (() => void)[] = [];
  #wire: Wire | null = null;
  #wanted = false;
  #connecting: Promise<void> | null = null;
  #working = false;
  /** The platform accepted our boot; holds over a reconnect, not over a reboot (OCPP 1.6 §4.2). */
  #accepted = false;
  #failure: Error | null = null;
  heartbeatIntervalS = 0;

  constructor(profile: StationProfile, options: StationOptions) {
    this.profile = profile;
    this.#options = options;
    this.#dialect = dialectOf(profile);
  }

  get isOnline(): boolean { return this.#wire?.isOpen() === true && this.#accepted; }
  get queuedCount(): number { return this.#queue.length; }
  transactionId(session: string): number | string | null { return this.#transactionIds.get(session) ?? null; }
  hasQueued(session: string): boolean { return this.#queue.some((entry) => entry.message.session === session); }

  /** Connects, boots, and delivers what is queued. Resolves when the boot was accepted. */
  async goOnline(): Promise<void> {
    this.#wanted = true;
    await this.#connect();
    void this.#work();
  }

  /** The network is gone: what happens from now on is queued. */
  goOffline(): void {
    this.#wanted = false;
    const wire = this.#wire;
    this.#wire = null;
    wire?.close();
  }

  async reboot(): Promise<void> {
    this.goOffline();
    this.#accepted = false;
    await this.goOnline();
  }

  async status(evse: number, status: ConnectorStatus, stamp: string): Promise<void> {
    await this.#say(this.#dialect.status(evse, status, stamp));
  }

  /** @returns whether the platform accepts the tag; null when there was no answer (a station may then trust its own list). */
  async authorize(idToken: string): Promise<boolean | null> {
    const outcome = await this.#say(this.#dialect.authorize(idToken));
    if (outcome.kind !== 'result') return null;
    const info = (outcome.payload.idTagInfo ?? outcome.payload.idTokenInfo) as { status?: string } | undefined;
    return info?.status === 'Accepted';
  }

  async heartbeat(): Promise<void> {
    await this.#say({ action: 'Heartbeat', payload: {} });
  }

  /** Queues a transaction message and starts delivering when there is a connection. */
  deliver(message: TransactionMessage): void {
    if (this.#queue.length >= QUEUE_MESSAGES_MAX) throw new Error(`${this.profile.identity}: over ${QUEUE_MESSAGES_MAX} messages wait for the network`);
    if (message.kind === 'started' && this.profile.version === '2.0.1') this.#transactionIds.set(message.session, message.session);
    this.#queue.push({ message, offline: !this.isOnline });
    void this.#work();
  }

  /** Resolves when the queue is empty; rejects when the station gave up connecting. */
  async drained(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#queue.length === 0 && !this.#working) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (this.#failure) throw this.#failure;
  }

  async #connect(): Promise<void> {
    this.#connecting ??= this.#connectLoop().finally(() => { this.#connecting = null; });
    await this.#connecting;
  }

  async #connectLoop(): Promise<void> {
    const { url, backOffMs, connectGiveUpMs, callTimeoutMs } = this.#options;
    const giveUpAt = Date.now() + connectGiveUpMs;
    for (let wait = backOffMs.first; this.#wanted && !this.isOnline; wait = Math.min(wait * 2, backOffMs.last)) {
      try {
        const wire = await openWire({
          url, identity: this.profile.identity, password: this.profile.password, protocol: this.#dialect.protocol, callTimeoutMs,
          onCall: (action, payload) => this.#options.onCall?.(action, payload) ?? null,
          onClose: () => this.#lost(wire),
        });
        this.#wire = wire;
        if (this.#accepted || await this.#boot(wire)) return;
        wire.close();
      } catch (error) {
        if (Date.now() + wait > giveUpAt) throw new Error(`${this.profile.identity} cannot connect: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
      // Stations that lost the platform together must not come back together.
      await pause(wait * (0.75 + (hashText(this.profile.identity) % 50) / 100));
    }
  }

  async #boot(wire: Wire): Promise<boolean> {
    const { action, payload } = this.#dialect.boot(this.profile, 'PowerUp');
    const outcome = await wire.call(action, payload);
    if (outcome.kind !== 'result' || outcome.payload.status === 'Rejected') {
      this.#options.onTrouble?.(`${this.profile.identity}: the boot was not accepted: ${describe(outcome)}`);
      return false;
    }
    this.heartbeatIntervalS = Number(outcome.payload.interval ?? 0);
    this.#accepted = true;
    return true;
  }

  #lost(wire: Wire): void {
    if (this.#wire !== wire) return;
    this.#wire = null;
    if (this.#wanted) void this.#connect().then(() => this.#work(), (error: unknown) => this.#fail(error));
  }

  async #say(frame: { action: string; payload: Record<string, unknown> }): Promise<CallOutcome> {
    return this.#wire && this.#accepted ? this.#wire.call(frame.action, frame.payload) : { kind: 'closed' };
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      while (this.#queue.length > 0 && this.isOnline) await this.#sendHead(this.#queue[0]!);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#working = false;
      if (this.#queue.length === 0) this.#settleIdle();
    }
  }

  #fail(error: unknown): void {
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.#settleIdle();
  }

  #settleIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Sends the head of the queue until it is answered, the attempts are used up (then it is discarded), or the connection is gone (then it stays). */
  async #sendHead(entry: { message: TransactionMessage; offline: boolean }): Promise<void> {
    const { message } = entry;
    const { attemptsMax, retryIntervalMs } = this.#options;
    const repeats = Math.max(1, message.manner.copies ?? 1);
    let messageId = message.messageId;
    let last: CallOutcome = { kind: 'closed' };
    if (message.manner.cut === true && await this.#sendAndCut(entry)) {
      if (!this.isOnline) return;
      if (message.manner.newIdOnRepeat === true) messageId = randomUUID();
    }
    for (let copy = 0, failures = 0; copy < repeats;) {
      const frame = this.#dialect.message(message, this.#transactionIds.get(message.session) ?? (this.profile.version === '1.6' ? null : message.session), entry.offline);
      last = await this.#wire?.call(frame.action, frame.payload, messageId) ?? { kind: 'closed' };
      if (last.kind === 'closed') {
        // Created online, but still queued while offline: it says so now (OCPP 2.0.1 E11.FR.07).
        entry.offline = true;
        return;
      }
      if (last.kind === 'result') {
        this.#learn(message, last.payload);
        copy++;
        if (message.manner.newIdOnRepeat === true) messageId = randomUUID();
      } else if (++failures >= attemptsMax) {
        this.#options.onTrouble?.(`${this.profile.identity}: ${frame.action} ${messageId} discarded after ${failures} attempts: ${describe(last)}`);
        break;
      } else {
        this.#options.onTrouble?.(`${this.profile.identity}: ${frame.action} ${messageId} is sent again: ${describe(last)}`);
        await pause(retryIntervalMs * failures);
      }
    }
    this.#queue.shift();
    this.#options.onDelivered?.(message, this.#deliveryOf(message, last));
  }

  /** @returns true when the message left once and the station is back (or gone for good). */
  async #sendAndCut(entry: { message: TransactionMessage; offline: boolean }): Promise<boolean> {
    const { message } = entry;
    const wire = this.#wire;
    if (!wire) return false;
    const frame = this.#dialect.message(message, this.#transactionIds.get(message.session) ?? null, entry.offline);
    entry.message = { ...message, manner: { ...message.manner, cut: false } };
    if (message.manner.rebootAfterCut === true) this.#accepted = false;
    await wire.callAndCut(frame.action, frame.payload, message.messageId);
    entry.offline = true;
    await this.#connect();
    return true;
  }

  #learn(message: TransactionMessage, payload: Record<string, unknown>): void {
    if (message.kind === 'started' && typeof payload.transactionId === 'number') this.#transactionIds.set(message.session, payload.transactionId);
  }

  #deliveryOf(message: TransactionMessage, outcome: CallOutcome): Delivery {
    if (outcome.kind !== 'result') return { kind: 'discarded' };
    const info = (outcome.payload.idTagInfo ?? outcome.payload.idTokenInfo) as { status?: string } | undefined;
    return { kind: 'answered', transactionId: this.transactionId(message.session), status: info?.status ?? null };
  }
}

function describe(outcome: CallOutcome): string {
  switch (outcome.kind) {
    case 'result': return JSON.stringify(outcome.payload);
    case 'error': return `${outcome.code} ${outcome.description}`;
    case 'timeout': return 'no answer';
    case 'closed': return 'the connection was closed';
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
