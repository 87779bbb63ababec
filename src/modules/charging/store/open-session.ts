import type { Tx } from '../../../platform/database/index.ts';
import type { FactOf } from '../domain/fact.ts';
import { FACT_COLUMNS } from './facts.ts';
import { NEW_SESSION_COLUMNS, onlyOperator, type NewSession } from './sessions.ts';

const names = (columns: readonly (readonly [column: string, ...unknown[]])[]): string => columns.map(([column]) => column).join(', ');
const values = (columns: readonly (readonly [column: string, type: string, ...unknown[]])[], from: number): string => columns.map(([, type], i) => `$${from + i}::${type}`).join(', ');
const OPEN = {
  name: 'charging_open_with_start',
  text: `with opened as (insert into charging.session (operator_id, state, ${names(NEW_SESSION_COLUMNS)}) values ($1, 'active', ${values(NEW_SESSION_COLUMNS, 2)}) on conflict do nothing)
    insert into charging.fact (operator_id, ${names(FACT_COLUMNS)}) values ($1, ${values(FACT_COLUMNS, 2 + NEW_SESSION_COLUMNS.length)}) on conflict do nothing`,
};

/** Opens a session and appends the start that says so: one statement. The lane of the charge point must be taken. */
export async function openWithStart(tx: Tx, session: NewSession, start: FactOf<'session_started'>): Promise<void> {
  const row = { fact: start, sessionId: session.sessionId };
  await tx.execute(OPEN, [onlyOperator(tx), ...NEW_SESSION_COLUMNS.map(([, , value]) => value(session)), ...FACT_COLUMNS.map(([, , value]) => value(row))]);
}
