export { addStation, createStation, type NewStation, type StationRejection } from './commands/create-station.ts';
export { addChargePoint, createChargePoint, setChargePointPassword, type ChargePointRejection, type NewChargePoint } from './commands/create-charge-point.ts';
export { connectorKey, ensureConnector, ensureConnectors, type ConnectorPlace } from './commands/ensure-connector.ts';
export { recordBoot, recordBoots, recordConnectorStatus, recordConnectorStatuses, recordSeen, type Boot, type ConnectorStatusReport } from './commands/record-state.ts';
export { chargePointPassword, hashChargePointPassword, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, verifyChargePointPassword } from './domain/password.ts';
export { isIdentity, type ChargePoint, type Connector, type ConnectorState } from './domain/charge-point.ts';
export { loadChargePoint, loadChargePoints, resolveChargePoint, type ResolvedChargePoint } from './queries/charge-points.ts';
