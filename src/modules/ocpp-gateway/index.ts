/** The door of `ocpp-gateway`: charge points over OCPP-J 1.6 and 2.0.1, the log of what they said, and the commands to them. */
import { startApplier as startApplierWith, type Applier, type ApplierOptions } from './applier/applier.ts';
import { openGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import type { ChargingPort, LocationsPort } from './ports.ts';
import { charging, locations } from './real-ports.ts';

type Ports = { readonly charging?: ChargingPort; readonly locations?: LocationsPort };

/** Starts the WebSocket server for charge points. Frames are worked by an applier, in this process or another: give it `onFrames: applier.wake`. */
export const startGateway = (options: Omit<GatewayOptions, keyof Ports> & Ports): Promise<Gateway> => openGateway({ charging, locations, ...options });

/** Starts a worker that turns stored frames into sessions and bills. Any number may run. */
export const startApplier = (options: Omit<ApplierOptions, keyof Ports> & Ports): Applier => startApplierWith({ charging, locations, ...options });

export type { Applier, ApplierOptions, Gateway, GatewayOptions };
export { rewindApplier } from './applier/rewind.ts';
export type { ChargePointCommand, CommandKind } from './commands/charge-point-command.ts';
export { COMMAND_EXPIRES_AFTER_MS, COMMAND_EXPIRES_AFTER_MS_MAX, COMMANDS_OPEN_PER_CHARGE_POINT_MAX, requestCommand, type CommandRejection, type CommandRequest } from './commands/request-command.ts';
export { registerGatewayRoutes } from './http/charge-points.ts';
export { makeFramePartitionsJob } from './jobs/make-frame-partitions.ts';
export { GATEWAY_LIMITS, type GatewayLimits } from './limits.ts';
export { gatewayMetrics } from './metrics.ts';
export { silentMetrics, type ChargingPort, type GatewayMetrics, type LocationsPort } from './ports.ts';
export { applierLag, type ApplierLag } from './queries/applier-lag.ts';
export { listConnections, type ConnectionState } from './queries/connections.ts';
export { framesOf, listFrames, listUnprocessable, type Frame } from './queries/frames.ts';
export { askAboutTransaction, type TransactionQuestion } from './commands/ask-about-transaction.ts';
export { transactionStatuses, type TransactionStatus } from './queries/transaction-status.ts';
export { listCommands, loadCommand, type Command, type CommandState } from './store/commands.ts';
export { parseLenientJson } from './wire/lenient-json.ts';
export { isStandardWord } from './wire/schemas.ts';
export { heardFrames, HEARD_FRAMES_MAX, whatIsSaid, type BootWord, type HeardFrame, type Said, type TransactionWord } from './queries/heard-frames.ts';
