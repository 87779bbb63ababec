/** From what was said to facts, as a protocol's translator leaves them. */
import { instant, type ChargePointId } from '../../src/kernel/index.ts';
import type { ChargePointFact } from '../../src/modules/charging/index.ts';
import type { Told } from './told.ts';

/** A session as the program gets it, with what really happened beside it. */
export type Reported = { readonly told: Told; readonly facts: readonly ChargePointFact[] };

let sequence = 0n;

export const reported = (told: Told): Reported => ({ told, facts: factsOf(told) });

function factsOf(told: Told): ChargePointFact[] {
  const chargePointId = told.station.chargePointId as ChargePointId;
  const facts: ChargePointFact[] = [];
  for (const each of told.words) {
    const origin = {
      chargePointId, evseNumber: 1, transactionRef: told.transaction, frameSequence: ++sequence, ordinal: 0, eventAt: each.stamp === null ? null : instant(Math.round(each.stamp)), recordedAt: instant(each.recordedAt), messageId: '',
    };
    const [registerWh, { seqNo, offline }] = [each.registerWh === null ? null : BigInt(each.registerWh), each];
    if (each.kind === 'read') facts.push({ ...origin, kind: 'register_read', registerWh, powerW: each.powerW === null ? null : BigInt(each.powerW), socPercent: each.socPercent, context: null, seqNo, offline });
    else if (each.kind === 'start') facts.push({ ...origin, kind: 'session_started', idToken: told.idToken, registerWh, seqNo, offline, remoteStartId: null });
    else {
      const stated = told.statedMs === null ? {} : { stated: { energyWh: told.statedWh === null ? null : BigInt(told.statedWh), durationMs: told.statedMs, amountMinor: null } };
      facts.push({ ...origin, kind: 'session_ended', registerWh, reason: 'Local', idToken: null, seqNo, offline, ...stated });
    }
  }
  return facts;
}
