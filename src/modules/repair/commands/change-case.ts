import { assert, type Clock } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { appendEvents, type NewEvent } from '../../../platform/outbox/index.ts';
import { isClosed, type CaseEvent, type Happening, type RepairCase } from '../domain/case.ts';
import { REPAIR_EVENTS } from '../events.ts';
import { writeCases } from '../store/cases.ts';

/** A case as it becomes, and what happened to it; `from` is null for a new one. */
export type CaseChange = { readonly from: RepairCase | null; readonly to: RepairCase; readonly happened: Happening };

/** Writes changed cases with the events that tell why, and tells whoever listens. @returns them as they are now. */
export async function changeCases(tx: Tx, changes: readonly CaseChange[], { clock }: { clock: Clock }): Promise<RepairCase[]> {
  if (changes.length === 0) return [];
  assert(new Set(changes.map(({ to }) => to.caseId)).size === changes.length, 'a case is changed once at a time');
  const now = clock.now();
  const cases = changes.map(({ from, to }): RepairCase => ({
    ...to, eventCount: to.eventCount + 1, changedAt: now, closedAt: isClosed(to.state) ? (from !== null && from.state === to.state && from.closedAt !== null ? from.closedAt : now) : null,
    approvalId: to.state === 'awaiting_approval' ? to.approvalId : null,
  }));
  await writeCases(tx, cases, changes.map(({ from, happened }, i): CaseEvent => ({
    caseId: cases[i]!.caseId, eventNumber: cases[i]!.eventCount, kind: happened.kind, fromState: from?.state ?? null, toState: cases[i]!.state, actor: happened.actor,
    reason: happened.reason ?? null, data: happened.data ?? {}, recordedAt: now,
  })));
  await appendEvents(tx, changes.flatMap(({ from, happened }, i) => told(from, cases[i]!, happened)));
  announce(tx, 'repair.cases');
  return cases;
}

function told(from: RepairCase | null, { caseId, subjectKind, subjectId, primaryCause, state }: RepairCase, { actor }: Happening): NewEvent[] {
  const of = { caseId, subjectKind, subjectId, primaryCause, state };
  if (!isClosed(state) && (from === null || isClosed(from.state))) return [{ type: REPAIR_EVENTS.caseOpened, payload: { ...of, again: from !== null } }];
  return isClosed(state) && !(from !== null && isClosed(from.state)) ? [{ type: REPAIR_EVENTS.caseClosed, payload: { ...of, actor } }] : [];
}
