import { Station, type StationOptions } from './station.ts';
import type { LivedSession, StationProfile, Step, Truth } from './types.ts';
import type { PlannedSession } from './session.ts';

export type TimelineOptions = Omit<StationOptions, 'onDelivered' | 'onCall'> & {
  /** Called when the last message of a session was answered or discarded. */
  readonly onLived: (session: LivedSession) => void;
};

type Progress = { readonly truth: Truth; left: number; sent: number; discarded: number; transactionRef: string | null; startStatus: string | null };

/**
 * Lives a station's sessions in virtual time: steps in their order, each message as soon as the one before it was answered. Event
 * times come from the plan; nothing waits for a clock.
 */
export async function liveTimeline(profile: StationProfile, sessions: readonly PlannedSession[], options: TimelineOptions): Promise<void> {
  const progress = new Map<string, Progress>();
  const finish = (entry: Progress): void => {
    const { truth, sent, discarded, transactionRef, startStatus } = entry;
    options.onLived({ ...truth, transactionRef, startStatus, sent, discarded });
  };
  for (const { truth, steps } of sessions) {
    const left = steps.filter((step) => step.kind === 'message' && step.message.session === truth.session).length;
    const ref = profile.version === '2.0.1' ? `v201:${truth.session}` : null;
    progress.set(truth.session, { truth, left, sent: 0, discarded: 0, transactionRef: ref, startStatus: null });
  }
  const station = new Station(profile, {
    ...options,
    onCall: (action) => answerInScript(action),
    onDelivered: (message, delivery) => {
      const entry = progress.get(message.session);
      if (!entry) return;
      entry.left--;
      if (delivery.kind === 'discarded') entry.discarded++;
      else {
        entry.sent++;
        if (typeof delivery.transactionId === 'number') entry.transactionRef = `v16:${delivery.transactionId}`;
        if (message.kind === 'started') entry.startStatus = delivery.status;
      }
      if (entry.left === 0) finish(entry);
    },
  });
  await station.goOnline();
  for (const entry of progress.values()) if (entry.left === 0) finish(entry);
  for (const connector of profile.connectors) await station.status(connector.evse, 'Available', stampOf(sessions));
  for (const step of inOrder(sessions)) await take(station, step);
  if (!station.isOnline) await station.goOnline();
  await station.drained();
  station.goOffline();
}

function inOrder(sessions: readonly PlannedSession[]): Step[] {
  return sessions.flatMap((session) => session.steps).map((step, index) => ({ step, index }))
    .sort((a, b) => a.step.order - b.step.order || a.index - b.index).map((entry) => entry.step);
}

async function take(station: Station, step: Step): Promise<void> {
  switch (step.kind) {
    case 'message':
      station.deliver(step.message);
      if (station.isOnline) await station.drained();
      return;
    case 'status': return station.status(step.evse, step.status, step.stamp);
    case 'authorize': await station.authorize(step.idToken); return;
    case 'offline': return station.goOffline();
    case 'online': await station.goOnline(); return station.drained();
    case 'reboot': await station.reboot(); return station.drained();
  }
}

/** A station that lives a script takes no orders, but it answers, so that the platform need not wait. */
function answerInScript(action: string): Record<string, unknown> | null {
  switch (action) {
    case 'RemoteStartTransaction': case 'RemoteStopTransaction': case 'RequestStartTransaction': case 'RequestStopTransaction': return { status: 'Rejected' };
    case 'TriggerMessage': return { status: 'NotImplemented' };
    case 'GetTransactionStatus': return { messagesInQueue: false };
    case 'Reset': case 'ChangeAvailability': case 'UnlockConnector': case 'ChangeConfiguration': return { status: 'Rejected' };
    default: return null;
  }
}

/** The moment before the first session, so that the first status does not come from another year than the sessions. */
function stampOf(sessions: readonly PlannedSession[]): string {
  const first = sessions.reduce((earliest, session) => Math.min(earliest, session.truth.startAt), Number.MAX_SAFE_INTEGER);
  return new Date(first === Number.MAX_SAFE_INTEGER ? 0 : first - 60_000).toISOString();
}
