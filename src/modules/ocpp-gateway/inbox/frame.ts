import type { ChargePointId, Instant, OperatorId } from '../../../kernel/index.ts';
import type { OcppVersion } from '../wire/message.ts';

/** A frame on its way into the log. */
export type NewFrame = {
  readonly operatorId: OperatorId;
  readonly chargePointId: ChargePointId;
  readonly connectionGeneration: bigint;
  readonly direction: 'in' | 'out';
  readonly protocol: OcppVersion;
  readonly messageType: number | null;
  readonly messageId: string | null;
  readonly action: string | null;
  /** The whole frame as text. */
  readonly payload: string;
  /** The payload of the answer that waits only for this frame to be stored. */
  readonly reply: string | null;
  readonly violation: string | null;
  readonly receivedAt: Instant;
};

export type StoredFrame = NewFrame & { readonly sequence: bigint };

/** PostgreSQL's text holds every character but NUL, which is no legal part of a frame either: it is shown instead of dropped. */
export const storableText = (text: string): string => (text.includes('\u0000') ? text.replaceAll('\u0000', '\u2400') : text);
