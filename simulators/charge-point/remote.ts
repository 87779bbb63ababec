import type { LivingConnector } from './living-connector.ts';
import type { Station } from './station.ts';

type Payload = Record<string, unknown>;

/** What a living station answers to the platform's calls, in both versions. null: it does not know the action. */
export function answerOrder(action: string, payload: Payload, station: Station, connectors: readonly LivingConnector[]): Payload | null {
  switch (action) {
    case 'RemoteStartTransaction':
      return { status: start(connectors, payload.connectorId, payload.idTag, undefined) ? 'Accepted' : 'Rejected' };
    case 'RequestStartTransaction': {
      const idToken = (payload.idToken as { idToken?: string } | undefined)?.idToken;
      return { status: start(connectors, payload.evseId, idToken, Number(payload.remoteStartId)) ? 'Accepted' : 'Rejected' };
    }
    case 'RemoteStopTransaction': case 'RequestStopTransaction': {
      const id = payload.transactionId as number | string;
      return { status: connectors.some((connector) => connector.stopTransaction(id, 'Remote')) ? 'Accepted' : 'Rejected' };
    }
    case 'TriggerMessage':
      return { status: trigger(payload, station, connectors) };
    case 'GetTransactionStatus':
      return transactionStatus(payload.transactionId, station, connectors);
    case 'UnlockConnector': return { status: 'UnlockFailed' };
    case 'Reset': case 'ChangeAvailability': return { status: 'Rejected' };
    case 'ChangeConfiguration': return { status: 'NotSupported' };
    case 'GetConfiguration': return { configurationKey: [], unknownKey: (payload.key as string[] | undefined) ?? [] };
    case 'DataTransfer': return { status: 'UnknownVendorId' };
    default: return null;
  }
}

function start(connectors: readonly LivingConnector[], evse: unknown, idToken: unknown, remoteStartId: number | undefined): boolean {
  if (typeof idToken !== 'string') return false;
  const connector = connectors.find((candidate) => (evse === undefined || candidate.evse === evse) && !candidate.isBusy);
  return connector?.plugIn(idToken, remoteStartId ?? 0) ?? false;
}

/** The message follows the answer, as the standard asks (1.6 §5.17, 2.0.1 F06). */
function trigger(payload: Payload, station: Station, connectors: readonly LivingConnector[]): string {
  const evse = (payload.evse as { id?: number } | undefined)?.id ?? payload.connectorId;
  const meant = connectors.filter((connector) => evse === undefined || connector.evse === evse);
  const later = (work: () => void): string => { setImmediate(work); return 'Accepted'; };
  switch (payload.requestedMessage) {
    case 'Heartbeat': return later(() => void station.heartbeat());
    case 'StatusNotification': return later(() => { for (const connector of meant) void connector.tellStatus(); });
    case 'MeterValues': case 'TransactionEvent': return later(() => { for (const connector of meant) connector.tellReading(); });
    case 'BootNotification': return later(() => void station.reboot());
    default: return 'NotImplemented';
  }
}

function transactionStatus(transactionId: unknown, station: Station, connectors: readonly LivingConnector[]): Payload {
  if (typeof transactionId !== 'string') return { messagesInQueue: station.queuedCount > 0 };
  return {
    ongoingIndicator: connectors.some((connector) => connector.memory.open?.session === transactionId),
    messagesInQueue: station.hasQueued(transactionId),
  };
}
