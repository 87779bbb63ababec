import type { ChargePointId } from '../../../kernel/index.ts';
import type { ChargePointFact } from '../../charging/index.ts';

/**
 * Cuts facts into runs that may be applied as one. Whether an OCPP 1.6 start repeats an earlier one depends on the stops and boots of
 * its charge point before it, so these must have been applied when the start comes: a run ends before a start whose charge point has
 * stopped or booted in it. Between them the order within a run does not matter. Starts that are `decided` have been judged by the gateway
 * that answered them, so few runs have an end at all.
 */
export function runsOfFacts(facts: readonly ChargePointFact[], decided: ReadonlySet<bigint> = new Set()): ChargePointFact[][] {
  const runs: ChargePointFact[][] = [];
  let run: ChargePointFact[] = [];
  let interrupted = new Set<ChargePointId>();
  for (const fact of facts) {
    if (fact.kind === 'session_started' && fact.transactionRef === null && !decided.has(fact.frameSequence) && interrupted.has(fact.chargePointId)) {
      runs.push(run);
      run = [];
      interrupted = new Set();
    }
    if (fact.kind === 'session_ended' || fact.kind === 'booted') interrupted.add(fact.chargePointId);
    run.push(fact);
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
