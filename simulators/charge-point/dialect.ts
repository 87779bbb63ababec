import type { ConnectorStatus, Reading, StationProfile, TransactionMessage } from './types.ts';

export type Frame = { readonly action: string; readonly payload: Record<string, unknown> };
/** How one version of OCPP writes what a station has to say, and reads what it is told. */
export type Dialect = {
  readonly protocol: 'ocpp1.6' | 'ocpp2.0.1';
  boot(station: StationProfile, reason: 'PowerUp' | 'Reset'): Frame;
  status(evse: number, status: ConnectorStatus, stamp: string): Frame;
  authorize(idToken: string): Frame;
  /** @param transactionId 1.6: the platform's number; 2.0.1: the station's own text. */
  message(message: TransactionMessage, transactionId: number | string | null, offline: boolean): Frame;
};

export const dialectOf = (station: StationProfile): Dialect => (station.version === '1.6' ? v16(station) : v201(station));

const NO_TRANSACTION = -1; // What firmware writes when it stops a transaction whose number it never learnt (libocpp #495).

function v16(station: StationProfile): Dialect {
  const sampled = (reading: Reading, context: string): Record<string, unknown>[] => {
    const inKwh = station.registerUnit === 'kWh';
    return [
      ...(reading.registerWh === null ? [] : [{
        value: inKwh ? kilowattHours(reading.registerWh) : String(reading.registerWh), context,
        measurand: 'Energy.Active.Import.Register', unit: inKwh ? 'kWh' : 'Wh',
      }]),
      ...(reading.powerW === undefined ? [] : [{ value: String(reading.powerW), context, measurand: 'Power.Active.Import', unit: 'W' }]),
      ...(reading.socPercent === undefined ? [] : [{ value: String(reading.socPercent), context, measurand: 'SoC', unit: 'Percent' }]),
    ];
  };
  return {
    protocol: 'ocpp1.6',
    boot: ({ vendor, model, serial, firmware, identity }) => ({
      action: 'BootNotification',
      payload: {
        chargePointVendor: vendor ?? 'Simulated', chargePointModel: model ?? 'Twin 16',
        chargePointSerialNumber: (serial ?? identity).slice(0, 25), firmwareVersion: firmware ?? '1.0.0',
      },
    }),
    status: (evse, status, stamp) => ({ action: 'StatusNotification', payload: { connectorId: evse, errorCode: status === 'Faulted' ? 'InternalError' : 'NoError', status, timestamp: stamp } }),
    authorize: (idToken) => ({ action: 'Authorize', payload: { idTag: idToken } }),
    message: (message, transactionId) => {
      switch (message.kind) {
        case 'started':
          return { action: 'StartTransaction', payload: { connectorId: message.evse, idTag: message.idToken ?? '', meterStart: message.registerWh ?? 0, timestamp: message.stamp } };
        case 'reading': {
          const id = message.transactionId ?? transactionId;
          return {
            action: 'MeterValues',
            payload: {
              connectorId: message.evse, ...(id === null ? {} : { transactionId: id }),
              meterValue: message.readings.map((reading) => ({ timestamp: reading.stamp, sampledValue: sampled(reading, 'Sample.Periodic') })),
            },
          };
        }
        case 'ended':
          return {
            action: 'StopTransaction',
            payload: {
              transactionId: message.transactionId ?? transactionId ?? NO_TRANSACTION, meterStop: message.registerWh ?? -1, timestamp: message.stamp,
              ...(message.idToken === null ? {} : { idTag: message.idToken }), reason: message.reason ?? 'Local',
            },
          };
      }
    },
  };
}

function v201(station: StationProfile): Dialect {
  const sampled = (reading: Reading, context: string): Record<string, unknown>[] => {
    const inKwh = station.registerUnit === 'kWh';
    return [
      ...(reading.registerWh === null ? [] : [{
        value: inKwh ? Number(kilowattHours(reading.registerWh)) : reading.registerWh, context,
        measurand: 'Energy.Active.Import.Register', unitOfMeasure: { unit: inKwh ? 'kWh' : 'Wh' },
      }]),
      ...(reading.powerW === undefined ? [] : [{ value: reading.powerW, context, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'W' } }]),
      ...(reading.socPercent === undefined ? [] : [{ value: reading.socPercent, context, measurand: 'SoC', unitOfMeasure: { unit: 'Percent' } }]),
    ];
  };
  const values = (readings: readonly Reading[], context: string): Record<string, unknown> =>
    readings.length === 0 ? {} : { meterValue: readings.map((reading) => ({ timestamp: reading.stamp, sampledValue: sampled(reading, context) })) };
  return {
    protocol: 'ocpp2.0.1',
    boot: ({ vendor, model, serial, firmware, identity }, reason) => ({
      action: 'BootNotification',
      payload: {
        reason: reason === 'PowerUp' ? 'PowerUp' : 'Unknown',
        chargingStation: { vendorName: vendor ?? 'Simulated', model: model ?? 'Twin 201', serialNumber: (serial ?? identity).slice(0, 25), firmwareVersion: firmware ?? '2.0.0' },
      },
    }),
    status: (evse, status, stamp) => ({
      action: 'StatusNotification',
      payload: { timestamp: stamp, connectorStatus: STATUS_201[status], evseId: evse, connectorId: 1 },
    }),
    authorize: (idToken) => ({ action: 'Authorize', payload: { idToken: { idToken, type: 'ISO14443' } } }),
    message: (message, transactionId, offline) => {
      const edge = message.registerWh === null ? [] : [{ at: message.at, stamp: message.stamp, registerWh: message.registerWh }];
      const shape = {
        started: { eventType: 'Started', triggerReason: message.remoteStartId === undefined ? 'Authorized' : 'RemoteStart', ...values(edge, 'Transaction.Begin') },
        reading: { eventType: 'Updated', triggerReason: 'MeterValuePeriodic', ...values(message.readings, 'Sample.Periodic') },
        ended: { eventType: 'Ended', triggerReason: message.reason === 'Remote' ? 'RemoteStop' : 'StopAuthorized', ...values(edge, 'Transaction.End') },
      }[message.kind];
      return {
        action: 'TransactionEvent',
        payload: {
          ...shape, timestamp: message.stamp, seqNo: message.seqNo, ...(offline ? { offline: true } : {}),
          transactionInfo: {
            transactionId: String(transactionId),
            ...(message.kind === 'ended' ? { stoppedReason: message.reason ?? 'Local' } : { chargingState: 'Charging' }),
            ...(message.remoteStartId === undefined ? {} : { remoteStartId: message.remoteStartId }),
          },
          ...(message.kind === 'reading' ? {} : { evse: { id: message.evse, connectorId: 1 } }),
          ...(message.idToken === null ? {} : { idToken: { idToken: message.idToken, type: 'ISO14443' } }),
        },
      };
    },
  };
}

const STATUS_201: Readonly<Record<ConnectorStatus, string>> = {
  Available: 'Available', Preparing: 'Occupied', Charging: 'Occupied', SuspendedEV: 'Occupied', Finishing: 'Occupied', Faulted: 'Faulted', Unavailable: 'Unavailable',
};
const kilowattHours = (wattHours: number): string => (wattHours / 1000).toFixed(3);
