import { newUuid } from '../../src/platform/clock/index.ts';
import type { ChargePointId, OperatorId } from '../../src/kernel/index.ts';
import type { ChargePointFact } from '../../src/modules/charging/index.ts';
import type { BootReport, ChargingPort, LocationsPort, StartFact, StatusReport } from '../../src/modules/ocpp-gateway/ports.ts';
import { newOperatorId } from './database.ts';

/** Locations that know what a test tells them; passwords are compared as they are. */
export function fakeLocations(): LocationsPort & { add(identity: string, options?: { password?: string; operatorId?: OperatorId }): { operatorId: OperatorId; chargePointId: ChargePointId }; boots: BootReport[]; statuses: StatusReport[] } {
  const known = new Map<string, { operatorId: OperatorId; chargePointId: ChargePointId; passwordHash: string | null }>();
  const boots: BootReport[] = [], statuses: StatusReport[] = [];
  return {
    boots, statuses,
    add: (identity, options = {}) => {
      const ids = { operatorId: options.operatorId ?? newOperatorId(), chargePointId: newUuid() as ChargePointId };
      known.set(identity, { ...ids, passwordHash: options.password ?? null });
      return ids;
    },
    resolveChargePoint: (_database, identity) => Promise.resolve(known.get(identity) ?? null),
    verifyPassword: (password, hash) => password === hash,
    recordBoots: (_tx, reports) => { boots.push(...reports); return Promise.resolve(); },
    recordConnectorStatuses: (_tx, reports) => { statuses.push(...reports); return Promise.resolve(); },
    recordSeen: () => Promise.resolve(),
  };
}

/** Charging that keeps facts by their name, as the real one does, and gives a start the number of its frame. */
export function fakeCharging(): ChargingPort & { facts: Map<string, ChargePointFact>; starts: StartFact[]; applied: number; refuseToken(token: string): void; failWhen(when: (fact: ChargePointFact) => Error | null): void } {
  const facts = new Map<string, ChargePointFact>();
  const starts: StartFact[] = [], blocked = new Set<string>();
  const numbers = new Map<string, number>();
  let fault: (fact: ChargePointFact) => Error | null = () => null;
  const keep = (fact: ChargePointFact): void => {
    const error = fault(fact);
    if (error) throw error;
    facts.set(`${fact.chargePointId}/${fact.frameSequence}/${fact.ordinal}`, fact);
  };
  const decide = (token: string | null) => (token === null ? 'invalid' as const : blocked.has(token) ? 'blocked' as const : 'accepted' as const);
  const port = {
    facts, starts, applied: 0,
    refuseToken: (token: string) => { blocked.add(token); },
    failWhen: (when: typeof fault) => { fault = when; },
    authorize: (_database: unknown, { idToken }: { idToken: string }) => Promise.resolve(decide(idToken)),
    startTransaction: (_database: unknown, start: StartFact) => {
      starts.push(start);
      keep(start);
      const key = [start.chargePointId, start.evseNumber, start.idToken, start.eventAt, start.registerWh].join('/');
      if (!numbers.has(key)) numbers.set(key, numbers.size + 1);
      return Promise.resolve({ transactionId: numbers.get(key)!, decision: decide(start.idToken) });
    },
    applyFacts: (_tx: unknown, batch: readonly ChargePointFact[]) => {
      const before = new Map(facts);
      try {
        batch.forEach(keep);
      } catch (error) {
        facts.clear();
        for (const [key, fact] of before) facts.set(key, fact);
        return Promise.reject(error as Error);
      }
      port.applied += batch.length;
      return Promise.resolve();
    },
  };
  return port;
}
