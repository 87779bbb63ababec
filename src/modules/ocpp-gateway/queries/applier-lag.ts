import type { OperatorDatabase } from '../../../platform/database/index.ts';

export type ApplierLag = { readonly lastSequence: bigint; readonly appliedSequence: bigint };

/** How far one operator's frames have been stored and worked. */
export async function applierLag(odb: OperatorDatabase): Promise<ApplierLag> {
  const [row] = await odb.transaction((tx) => tx.query<ApplierLag>(
    `select coalesce((select last_sequence from ocpp_gateway.stream where operator_id = $1), 0) as "lastSequence",
       coalesce((select applied_sequence from ocpp_gateway.applier_cursor where operator_id = $1), 0) as "appliedSequence"`, [odb.operatorId]));
  return row!;
}
