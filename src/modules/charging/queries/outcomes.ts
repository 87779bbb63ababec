import type { ChargePointId, SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { FlagCause } from '../domain/flag.ts';
import { onlyOperator } from '../store/sessions.ts';

export const SESSION_OUTCOMES_PAGE_MAX = 1_000;
/** What became of a session: its current bill in one line. `billedWh` and `totalMinor` are what is charged: 0 while a bill is held. */
export type SessionOutcome = {
  readonly sessionId: SessionId; readonly chargePointId: ChargePointId; readonly transactionRef: string; readonly startMessageId: string | null;
  readonly state: 'active' | 'ended'; readonly billState: 'settled' | 'held' | null; readonly billedWh: bigint; readonly totalMinor: bigint;
  readonly proposedWh: bigint | null; readonly proposedTotalMinor: bigint | null; readonly flagCauses: readonly FlagCause[];
};

/** Every session of the operator by id, page by page. */
export function sessionOutcomes(tx: Tx, { after = null, limit = SESSION_OUTCOMES_PAGE_MAX }: { after?: SessionId | null; limit?: number } = {}): Promise<SessionOutcome[]> {
  return tx.query<SessionOutcome>(
    `select s.session_id as "sessionId", s.charge_point_id as "chargePointId", s.transaction_ref as "transactionRef", s.start_message_id as "startMessageId", s.state,
       b.state as "billState", coalesce(b.energy_wh, 0) as "billedWh", coalesce(b.total_minor, 0) as "totalMinor", b.proposed_energy_wh as "proposedWh",
       b.proposed_total_minor as "proposedTotalMinor", s.flag_causes as "flagCauses"
     from charging.session s left join charging.bill b on b.operator_id = s.operator_id and b.bill_id = s.current_bill_id
     where s.operator_id = $1 and ($2::uuid is null or s.session_id > $2) order by s.session_id limit $3`,
    [onlyOperator(tx), after, Math.min(limit, SESSION_OUTCOMES_PAGE_MAX)]);
}
