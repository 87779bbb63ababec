import type { ConnectorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { TIME_IN_DOUBT, type FlagCause } from '../domain/flag.ts';
import { explainMeter, type MeteredSession, type UnexplainedStretch } from '../domain/unexplained.ts';
import { readMeter } from '../store/meters.ts';
import { onlyOperator } from '../store/sessions.ts';

/** Why a connector metered more than was billed, stretch by stretch. Reads all its readings: for one connector at a time, not for a page of them. */
export async function explainConnector(tx: Tx, connectorId: ConnectorId): Promise<UnexplainedStretch[]> {
  const [meter] = await tx.query<{ maxPowerW: bigint }>(
    `select max_power_w as "maxPowerW" from charging.connector_meter where operator_id = $1 and connector_id = $2`, [onlyOperator(tx), connectorId]);
  if (!meter) return [];
  const sessions = await tx.query<Omit<MeteredSession, 'timeInDoubt'>>(
    `select s.session_id as "sessionId", s.started_at as "startedAt", s.ended_at as "endedAt", b.state = 'held' as held, b.energy_wh as "billedWh",
       coalesce(s.start_register_wh, s.register_first_wh) as "firstWh", s.register_last_wh as "lastWh", s.flag_causes as causes
     from charging.session s join charging.bill b on b.operator_id = s.operator_id and b.bill_id = s.current_bill_id
     where s.operator_id = $1 and s.connector_id = $2`, [onlyOperator(tx), connectorId]);
  const inDoubt = (causes: readonly FlagCause[]): boolean => causes.some((cause) => (TIME_IN_DOUBT as readonly FlagCause[]).includes(cause));
  return explainMeter(await readMeter(tx, connectorId, null), sessions.map((session) => ({ ...session, timeInDoubt: inDoubt(session.causes) })), meter.maxPowerW);
}
