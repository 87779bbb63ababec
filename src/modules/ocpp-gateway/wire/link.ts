import type { WebSocket } from 'ws';
import { assert, type ChargePointId, type Instant, type OperatorId } from '../../../kernel/index.ts';
import type { JsonObject } from './lenient-json.ts';
import { formatCall, type OcppVersion } from './message.ts';

/** How a charge point answered a call of ours; unknown when it did not, in time or at all. */
export type CallOutcome =
  | { readonly kind: 'result'; readonly payload: JsonObject }
  | { readonly kind: 'error'; readonly code: string; readonly description: string }
  | { readonly kind: 'unknown'; readonly reason: 'no_answer' | 'connection_lost' };

export type LinkIdentity = {
  readonly operatorId: OperatorId;
  readonly chargePointId: ChargePointId;
  readonly identity: string;
  readonly protocol: OcppVersion;
  readonly generation: bigint;
  readonly remoteAddress: string | null;
};

/** RFC 6455 §7.4.1 codes, and 4000 for what only this gateway means. */
export const CLOSE = { goingAway: 1001, protocolError: 1002, tooBig: 1009, internalError: 1011, restart: 1012, tryLater: 1013, superseded: 4000 } as const;
const REASON_BYTES_MAX = 123;

/**
 * One live connection of one charge point, the only owner of its socket. It ends once, for the first reason given; afterwards it
 * sends nothing, whatever answer is still being worked out.
 */
export class Link {
  readonly identity: LinkIdentity;
  inFlight = 0;
  lastFrameAt: Instant | null = null;
  /** Set by a ping, cleared by anything that is heard. */
  pinged = false;
  endReason: string | null = null;
  readonly #socket: WebSocket;
  readonly #sendBufferBytesMax: number;
  #reserved = false;
  #awaited: { readonly messageId: string; readonly settle: (outcome: CallOutcome) => void } | null = null;

  constructor(identity: LinkIdentity, socket: WebSocket, sendBufferBytesMax: number) {
    this.identity = identity;
    this.#socket = socket;
    this.#sendBufferBytesMax = sendBufferBytesMax;
  }

  get open(): boolean {
    return this.endReason === null && this.#socket.readyState === this.#socket.OPEN;
  }

  /** @returns false when it was not handed to the socket: the link has ended, or the station does not take what it is sent. */
  send(text: string): boolean {
    if (!this.open) return false;
    if (this.#socket.bufferedAmount > this.#sendBufferBytesMax) {
      this.end(CLOSE.tryLater, 'the station does not read');
      return false;
    }
    this.#socket.send(text, ignoreSendError);
    return true;
  }

  /** OCPP-J allows one call under way in each direction (§4.1.1). @returns false when one is, or is being prepared. */
  reserveCall(): boolean {
    if (this.#reserved) return false;
    return (this.#reserved = true);
  }
  releaseCall(): void {
    this.#reserved = false;
  }

  /** Sends a call and waits for its answer. It must have been reserved, and is released with the answer. */
  call(messageId: string, action: string, payload: JsonObject, deadlineMs: number): Promise<CallOutcome> {
    assert(this.#reserved && this.#awaited === null, 'reserve the call first');
    return new Promise((resolve) => {
      const timer = setTimeout(() => { this.settleCall(messageId, { kind: 'unknown', reason: 'no_answer' }); }, deadlineMs);
      this.#awaited = { messageId, settle: (outcome) => { clearTimeout(timer); resolve(outcome); } };
      if (!this.send(formatCall(messageId, action, payload))) this.settleCall(messageId, { kind: 'unknown', reason: 'connection_lost' });
    });
  }

  get calling(): boolean {
    return this.#reserved;
  }

  /** @returns false when nobody waits for this id: a late answer. */
  settleCall(messageId: string, outcome: CallOutcome): boolean {
    if (this.#awaited?.messageId !== messageId) return false;
    const { settle } = this.#awaited;
    this.#awaited = null;
    this.#reserved = false;
    settle(outcome);
    return true;
  }

  ping(): void {
    this.pinged = true;
    this.#socket.ping(ignoreSendError);
  }

  pause(): void { this.#socket.pause(); }
  resume(): void { if (this.open) this.#socket.resume(); }

  /** Ends the link in good manners. The first reason stays. */
  end(code: number, reason: string): void {
    if (!this.#settleEnd(reason)) return;
    // A socket that is not read would never see the close frame's answer.
    this.#socket.resume();
    this.#socket.close(code, Buffer.from(reason).subarray(0, REASON_BYTES_MAX));
  }

  /** Ends the link at once: the other side is gone, or must be treated as if. */
  cut(reason: string): void {
    this.#settleEnd(reason);
    this.#socket.terminate();
  }

  /** The socket has closed. @returns true the first time. */
  closed(reason: string): boolean {
    return this.#settleEnd(reason);
  }

  #settleEnd(reason: string): boolean {
    if (this.endReason !== null) return false;
    this.endReason = reason;
    if (this.#awaited) this.settleCall(this.#awaited.messageId, { kind: 'unknown', reason: 'connection_lost' });
    return true;
  }
}

const ignoreSendError = (): void => undefined;
