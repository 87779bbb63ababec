import type { Instant, SessionId } from '../../../kernel/index.ts';
import type { ChargePointFact } from './fact.ts';
import { believedAt } from './session-facts.ts';

export type LiveReading = {
  readonly sessionId: SessionId; readonly recordedAt: Instant; readonly registerWh: bigint | null; readonly registerAt: Instant | null;
  readonly powerW: bigint | null; readonly socPercent: number | null;
};

/** The newest of what each session said in a batch, field by field. */
export function liveStates(bySession: ReadonlyMap<SessionId, readonly { readonly fact: ChargePointFact }[]>): LiveReading[] {
  return [...bySession].map(([sessionId, rows]) => {
    const facts = rows.map(({ fact }) => fact).sort((a, b) => believedAt(a) - believedAt(b));
    const last = <T>(pick: (fact: ChargePointFact) => T | null): readonly [value: T, at: Instant] | null => {
      for (const fact of facts.toReversed()) {
        const value = pick(fact);
        if (value !== null) return [value, believedAt(fact)];
      }
      return null;
    };
    const register = last((fact) => ('registerWh' in fact && fact.registerWh !== null && fact.registerWh >= 0n ? fact.registerWh : null));
    const power = last((fact) => (fact.kind === 'session_ended' ? 0n : fact.kind === 'register_read' ? fact.powerW : null));
    return {
      sessionId, recordedAt: facts.reduce((a, fact) => (fact.recordedAt > a ? fact.recordedAt : a), facts[0]!.recordedAt),
      registerWh: register?.[0] ?? null, registerAt: register?.[1] ?? null, powerW: power?.[0] ?? null,
      socPercent: last((fact) => (fact.kind === 'register_read' ? fact.socPercent : null))?.[0] ?? null,
    };
  });
}
