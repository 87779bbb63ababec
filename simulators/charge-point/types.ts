/**
 * The simulator's own words. It is an outside program: it knows the platform through the wire only and imports nothing of it.
 * Energy is whole watt-hours in a `number`: a register of 2^53 Wh does not exist, and OCPP carries it as a JSON number.
 */
export type OcppVersion = '1.6' | '2.0.1';
export type ConnectorProfile = { readonly evse: number; readonly maxPowerW: number; readonly registerWh?: number };
export type StationProfile = {
  readonly identity: string;
  readonly version: OcppVersion;
  readonly password?: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly serial?: string;
  readonly firmware?: string;
  readonly connectors: readonly ConnectorProfile[];
  /** Tags that drivers hold up to this station (1.6: at most 20 characters). */
  readonly tokens?: readonly string[];
  /** Unit in which the readings' register is written; stations do both. */
  readonly registerUnit?: 'Wh' | 'kWh';
};

export type Reading = { readonly at: number; readonly stamp: string; readonly registerWh: number | null; readonly powerW?: number; readonly socPercent?: number };

/** How a message is put on the wire. */
export type Manner = {
  /** Sent this many times (a station that did not see the answer sends again); 1 by default. */
  readonly copies?: number;
  /** The repetition carries a new message id instead of the same one. */
  readonly newIdOnRepeat?: boolean;
  /** The connection is cut after the first sending, before its answer is read; the message is sent again after the reconnect. */
  readonly cut?: boolean;
  /** With `cut`: the station also lost its power and boots before it sends again. */
  readonly rebootAfterCut?: boolean;
};

export type TransactionMessage = {
  readonly kind: 'started' | 'reading' | 'ended';
  readonly session: string;
  readonly messageId: string;
  readonly evse: number;
  readonly at: number;
  readonly stamp: string;
  readonly registerWh: number | null;
  readonly idToken: string | null;
  readonly seqNo: number;
  readonly readings: readonly Reading[];
  readonly reason?: string;
  readonly remoteStartId?: number;
  /** 1.6: what to write as transactionId instead of the one the platform gave. */
  readonly transactionId?: number;
  readonly manner: Manner;
};

export type Step =
  | { readonly kind: 'message'; readonly order: number; readonly message: TransactionMessage }
  | { readonly kind: 'status'; readonly order: number; readonly evse: number; readonly status: ConnectorStatus; readonly stamp: string }
  | { readonly kind: 'authorize'; readonly order: number; readonly idToken: string }
  | { readonly kind: 'offline' | 'online' | 'reboot'; readonly order: number };

export type ConnectorStatus = 'Available' | 'Preparing' | 'Charging' | 'SuspendedEV' | 'Finishing' | 'Faulted' | 'Unavailable';

/**
 * What the bill must be: `billed` exactly the true energy; `flagged` for a person because the evidence is not enough;
 * `either` when a careful platform may do one or the other. A wrong bill is never expected.
 */
export type ExpectedClass = 'billed' | 'either' | 'flagged';

/** One line of the ledger of truth. */
export type Truth = {
  readonly session: string;
  readonly station: string;
  readonly version: OcppVersion;
  readonly evse: number;
  readonly idToken: string | null;
  readonly startAt: number;
  readonly endAt: number | null;
  readonly trueEnergyWh: number;
  readonly faults: readonly string[];
  /** By fault, what may rightly be named as its cause; faults that leave nothing to name are missing. */
  readonly causes: Readonly<Record<string, readonly string[]>>;
  readonly expected: ExpectedClass;
};

/** Truth and what was seen on the wire while it was lived. */
export type LivedSession = Truth & {
  readonly transactionRef: string | null;
  readonly startStatus: string | null;
  readonly sent: number;
  readonly discarded: number;
};
