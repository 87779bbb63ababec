import type { BillId, ChargePointId, Instant, SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';

/** What became of one session, for whoever compares bills with what was lived: replays, simulations, imports. */
export type SessionOutcome = {
  readonly sessionId: SessionId;
  readonly chargePointId: ChargePointId;
  readonly evseNumber: number | null;
  readonly transactionRef: string;
  readonly startMessageId: string | null;
  readonly startedAt: Instant;
  readonly decision: string;
  readonly state: 'active' | 'ended';
  /** Of the current bill; null while the session is open. */
  readonly billId: BillId | null;
  readonly billState: 'settled' | 'held' | null;
  readonly billVersion: number;
  readonly billedWh: bigint;
  readonly proposedWh: bigint | null;
  readonly totalMinor: bigint;
  readonly flagCauses: readonly string[];
};
export const SESSION_OUTCOMES_PAGE_MAX = 5_000;

/** Sessions in the order of their ids, after `after`; a page that is shorter than `SESSION_OUTCOMES_PAGE_MAX` is the last. */
export const sessionOutcomes = (tx: Tx, { after }: { after: SessionId | null }): Promise<SessionOutcome[]> => tx.query<SessionOutcome>(
  `select s.session_id as "sessionId", s.charge_point_id as "chargePointId", s.evse_number as "evseNumber", s.transaction_ref as "transactionRef",
     s.start_message_id as "startMessageId", s.started_at as "startedAt", s.decision, s.state, s.current_bill_id as "billId", b.state as "billState",
     s.bill_version as "billVersion", coalesce(b.energy_wh, 0) as "billedWh", b.proposed_energy_wh as "proposedWh",
     coalesce(b.total_minor, 0) as "totalMinor", s.flag_causes as "flagCauses"
   from charging.session s
   left join charging.bill b on b.operator_id = s.operator_id and b.session_id = s.session_id and b.bill_id = s.current_bill_id
   where s.operator_id = any ($1::uuid[]) and s.session_id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
   order by s.session_id limit ${SESSION_OUTCOMES_PAGE_MAX}`, [tx.operatorIds, after]);
