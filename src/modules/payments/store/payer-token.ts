import type { OperatorId } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';

const TOKEN = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** Whose order does a payer's page show? Answered before a tenant is known. Null for a token that nobody has. */
export async function resolvePayerToken(database: Database, token: string): Promise<{ readonly operatorId: OperatorId; readonly orderId: string } | null> {
  if (!TOKEN.test(token)) return null;
  const [row] = await database.untenanted.query<{ operatorId: OperatorId; orderId: string }>({
    name: 'payments_resolve_payer_token', text: 'select operator_id as "operatorId", order_id as "orderId" from payments.resolve_payer_token($1)',
  }, [token]);
  return row ?? null;
}
