import { MS_PER_MINUTE, MS_PER_SECOND } from '../../kernel/index.ts';

/**
 * Everything in the gateway that could grow has a maximum here. Where two failures compete, the constant is chosen so that the
 * worse one, losing what a station said, cannot happen: a station that is not answered sends again, one that was answered does not.
 */
export type GatewayLimits = {
  /** Connections of one node; one more is answered 503 and may try another node. */
  readonly connectionsMax: number;
  /** Handshakes in progress at once (each costs a look-up); more are answered 503, stations back off and come again. */
  readonly handshakesPendingMax: number;
  /** Bytes of one frame; a bigger one closes the connection with 1009. NotifyReport is the largest in the field, some tens of kB. */
  readonly frameBytesMax: number;
  /** Frames of one connection that are stored or being answered; above it the socket is not read. OCPP allows one. */
  readonly framesInFlightPerConnectionMax: number;
  /** Frames that wait for a group insert; above it no socket is read until half of them are stored. */
  readonly framesQueuedMax: number;
  /** Rows and bytes of one group insert. */
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  /** How long a frame may wait to be stored. Then its connection is closed unanswered, and the station sends it again. */
  readonly storeDeadlineMs: number;
  /** How long a decision (authorize, start) may take before the connection is closed unanswered. Under the stations' usual 30 s. */
  readonly decisionDeadlineMs: number;
  readonly pingIntervalMs: number;
  /** Bytes that a station has not taken from its socket; above it the connection is closed. */
  readonly sendBufferBytesMax: number;
  /** How long a closing gateway waits for answers under way. */
  readonly closeDeadlineMs: number;
  /** How long a station may take to answer a command before its outcome is unknown. */
  readonly commandAnswerDeadlineMs: number;
  /** Times a repeatable command is sent. */
  readonly commandAttemptsMax: number;
  /** How often waiting commands are looked for, beside being told of them. */
  readonly commandPollMs: number;
  /** Frames of one operator that the applier works in one transaction. */
  readonly applierBatchFramesMax: number;
  /** Operators that one node works at the same time; each holds one database connection, and one more while it asks for a decision. */
  readonly applierOperatorsMax: number;
  /** How often waiting frames are looked for, beside being told of them. */
  readonly applierPollMs: number;
};

export const GATEWAY_LIMITS: GatewayLimits = {
  connectionsMax: 10_000,
  handshakesPendingMax: 1_024,
  frameBytesMax: 256 * 1024,
  framesInFlightPerConnectionMax: 16,
  framesQueuedMax: 20_000,
  batchRowsMax: 1_000,
  batchBytesMax: 4 * 1024 * 1024,
  storeDeadlineMs: 20 * MS_PER_SECOND,
  decisionDeadlineMs: 20 * MS_PER_SECOND,
  pingIntervalMs: MS_PER_MINUTE,
  sendBufferBytesMax: 1024 * 1024,
  closeDeadlineMs: 5 * MS_PER_SECOND,
  commandAnswerDeadlineMs: 30 * MS_PER_SECOND,
  commandAttemptsMax: 3,
  commandPollMs: 2 * MS_PER_SECOND,
  applierBatchFramesMax: 1_000,
  applierOperatorsMax: 4,
  applierPollMs: 500,
};

/** OCPP-J allows 36 characters; longer ones are seen, answered and flagged up to this length. */
export const MESSAGE_ID_LENGTH_MAX = 255;
export const ACTION_LENGTH_MAX = 64;
/** What is kept of a schema's complaints about one frame. */
export const VIOLATION_LENGTH_MAX = 500;
