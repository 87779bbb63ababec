import type { Clock, Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';

/** What one person may write off alone, in minor units, where nobody has set it. */
export const WRITE_OFF_ABOVE_MINOR_DEFAULT = 10_000n;
const HISTORY_MAX = 50;

export type WriteOffPolicy = { readonly version: number; readonly fourEyesAboveMinor: bigint; readonly changedBy: string; readonly recordedAt: Instant };

/** Every threshold there was, newest first; the newest counts. */
export const writeOffPolicies = (tx: Tx): Promise<WriteOffPolicy[]> => tx.query<WriteOffPolicy>(
  `select version, four_eyes_above_minor as "fourEyesAboveMinor", changed_by as "changedBy", recorded_at as "recordedAt" from reconciliation.write_off_policy where operator_id = $1 order by version desc limit ${HISTORY_MAX}`,
  [tx.operatorIds[0]]);

/** Above which amount a second person must approve a write-off. */
export async function writeOffAbove(tx: Tx): Promise<bigint> {
  const [newest] = await writeOffPolicies(tx);
  return newest?.fourEyesAboveMinor ?? WRITE_OFF_ABOVE_MINOR_DEFAULT;
}

export async function changeWriteOffAbove(tx: Tx, { aboveMinor, changedBy }: { readonly aboveMinor: bigint; readonly changedBy: string }, { clock }: { readonly clock: Clock }): Promise<void> {
  await tx.execute(
    `insert into reconciliation.write_off_policy (operator_id, version, four_eyes_above_minor, changed_by, recorded_at)
     select $1, coalesce(max(version), 0) + 1, $2, $3, $4 from reconciliation.write_off_policy where operator_id = $1`, [tx.operatorIds[0], aboveMinor, changedBy, sqlTimestamp(clock.now())]);
}
