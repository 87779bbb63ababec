import { Type, type Static } from 'typebox';
import { IdJson, idToJson, InstantJson, instantToJson, IntegerJson, NullOr, orNull } from '../../../platform/http/index.ts';
import type { ConnectorState } from '../domain/charge-point.ts';
import type { ChargePointView } from '../queries/charge-point-list.ts';
import type { HiddenByBinding, Station } from '../queries/stations.ts';

const Count = Type.Integer({ minimum: 0 });
const Text = NullOr(Type.String());
export const PowerW = Type.String({ pattern: '^[1-9]\\d{0,7}$', title: 'PowerW', description: 'Power in whole watts as a decimal string.' });

export const StationJson = Type.Object({
  stationId: IdJson('sta'), name: Type.String(), address: Text, timeZone: Type.String({ description: "IANA zone of the station's wall clock." }),
  subOperatorId: NullOr(IdJson('sub')), chargePoints: Count,
  connectors: Type.Object({ total: Count, available: Count, occupied: Count, unavailable: Count, faulted: Count, unknown: Count }),
  lastSeenAt: NullOr(InstantJson),
}, { title: 'Station' });
export const stationToJson = (station: Station): Static<typeof StationJson> => ({
  ...station, stationId: idToJson('sta', station.stationId), subOperatorId: orNull(station.subOperatorId, (id) => idToJson('sub', id)), lastSeenAt: orNull(station.lastSeenAt, instantToJson),
});

export const HiddenByBindingJson = Type.Object({
  stationId: IdJson('sta'), name: Type.String(), reason: Type.Enum(['begins_later', 'has_ended']), validFrom: NullOr(InstantJson), validTo: NullOr(InstantJson),
}, { title: 'HiddenByBinding', description: 'A station that is not shown because its binding to the sub-operator is not in force now.' });
export const hiddenToJson = (hidden: HiddenByBinding): Static<typeof HiddenByBindingJson> =>
  ({ ...hidden, stationId: idToJson('sta', hidden.stationId), validFrom: orNull(hidden.validFrom, instantToJson), validTo: orNull(hidden.validTo, instantToJson) });

const ConnectorStateJson = Type.Object({ status: Type.String(), errorCode: Text, statedAt: InstantJson }, { title: 'ConnectorState', description: "In the words of the charge point's OCPP version." });
const stateToJson = (state: ConnectorState): Static<typeof ConnectorStateJson> => ({ ...state, statedAt: instantToJson(state.statedAt) });

export const ChargePointJson = Type.Object({
  chargePointId: IdJson('cp'), identity: Type.String(), assetCode: Text, maxPowerW: IntegerJson,
  stationId: IdJson('sta'), stationName: Type.String(), timeZone: Type.String(),
  vendor: Text, model: Text, serial: Text, firmware: Text, bootedAt: NullOr(InstantJson), lastSeenAt: NullOr(InstantJson),
  state: NullOr(ConnectorStateJson),
  connectors: Type.Array(Type.Object({
    connectorId: IdJson('con'), evseNumber: Type.Integer(), maxPowerW: IntegerJson,
    discovered: Type.Boolean({ description: 'Nobody entered it: a message of the charge point named it.' }), state: NullOr(ConnectorStateJson),
  }, { title: 'Connector' })),
}, { title: 'ChargePoint' });
export const chargePointToJson = (view: ChargePointView): Static<typeof ChargePointJson> => ({
  ...view, chargePointId: idToJson('cp', view.chargePointId), stationId: idToJson('sta', view.stationId), maxPowerW: String(view.maxPowerW),
  bootedAt: orNull(view.bootedAt, instantToJson), lastSeenAt: orNull(view.lastSeenAt, instantToJson), state: orNull(view.state, stateToJson),
  connectors: view.connectors.map((each) => ({ ...each, connectorId: idToJson('con', each.connectorId), maxPowerW: String(each.maxPowerW), state: orNull(each.state, stateToJson) })),
});
