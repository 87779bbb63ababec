import type { OperatorDatabase } from '../../../platform/database/index.ts';

/**
 * Lets the applier begin again after a sequence (0: from the first frame). Facts are named by their frames, so what was worked before
 * stays as it is; what was passed over as unprocessable gets another chance after a repair of the program.
 */
export async function rewindApplier(odb: OperatorDatabase, sequence: bigint = 0n): Promise<void> {
  await odb.transaction((tx) => tx.execute('update ocpp_gateway.applier_cursor set applied_sequence = $2, moved_at = now() where operator_id = $1 and applied_sequence > $2', [odb.operatorId, String(sequence)]));
}
