import { isCurrencyCode, ok, refuse, type OperatorId, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { constraintOf, type Database } from '../../../platform/database/index.ts';
import { personalIndex } from '../../../platform/personal-data/index.ts';
import { isTimeZone, OPERATOR_CODE } from '../domain/operator.ts';

export type CreateOperatorRejection =
  | { readonly code: 'operator_code_invalid' }
  | { readonly code: 'currency_unknown' }
  | { readonly code: 'time_zone_unknown' }
  | { readonly code: 'operator_code_taken' };

export type NewOperator = {
  /** Lower-case letters, digits and hyphens, 2–31 characters; unique across the platform, typed at log-in. */
  readonly code: string;
  readonly name: string;
  readonly currency: string;
  readonly timeZone: string;
};

/** Opens a tenant. Checks in this order: code, currency, time zone, code taken. */
export async function createOperator(database: Database, operator: NewOperator): Promise<Result<OperatorId, CreateOperatorRejection>> {
  if (!OPERATOR_CODE.test(operator.code)) return refuse({ code: 'operator_code_invalid' });
  if (!isCurrencyCode(operator.currency)) return refuse({ code: 'currency_unknown' });
  if (!isTimeZone(operator.timeZone)) return refuse({ code: 'time_zone_unknown' });
  const operatorId = newUuid() as OperatorId;
  try {
    await database.forOperator(operatorId).transaction(async (tx) => {
      await tx.execute(
        'insert into parties.operator (operator_id, code, name, currency, time_zone) values ($1, $2, $3, $4, $5)',
        [operatorId, operator.code, operator.name, operator.currency, operator.timeZone]);
      // Makes the key of the operator's digests now, so that two first members at once do not both try.
      await personalIndex(tx, operator.code);
    });
  } catch (error) {
    if (constraintOf(error) === 'operator_directory_pkey') return refuse({ code: 'operator_code_taken' });
    throw error;
  }
  return ok(operatorId);
}
