import { addMs, MS_PER_DAY, type Clock } from '../../../kernel/index.ts';
import { sqlTimestamp, type OperatorDatabase } from '../../../platform/database/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';

const PAGE_MAX = 1_000;
/** A charge that ended in time may be billed later: a coupon is marked when that is no longer to be expected. Until then it is listed as lapsed and pays only such a bill. */
export const EXPIRY_GRACE_MS = 3 * MS_PER_DAY;

/** Marks coupons that lapsed. @returns how many. */
export async function expireCoupons(odb: OperatorDatabase, { clock }: { readonly clock: Clock }): Promise<number> {
  for (let expired = 0; ;) {
    const page = await odb.transaction((tx) => tx.execute(
      `with due as (select coupon_id from wallets.coupon where operator_id = $1 and state = 'unused' and valid_to <= $2 order by valid_to, coupon_id limit ${PAGE_MAX} for update skip locked),
       done as (update wallets.coupon c set state = 'expired', state_at = $3 from due where c.operator_id = $1 and c.coupon_id = due.coupon_id returning c.coupon_id)
       insert into wallets.coupon_event (operator_id, coupon_id, kind, recorded_at) select $1, coupon_id, 'expired', $3 from done`,
      [odb.operatorId, sqlTimestamp(addMs(clock.now(), -EXPIRY_GRACE_MS)), sqlTimestamp(clock.now())]));
    expired += page;
    if (page < PAGE_MAX) return expired;
  }
}

export const expireCouponsJob: Job = {
  name: 'expire_coupons', about: 'Marks coupons whose time has passed.', cron: '41 * * * *', everyMs: 3_600_000,
  run: async (context) => {
    let expired = 0;
    const operators = await forEachOperator(context, async (operatorId) => {
      expired += await expireCoupons(context.database.forOperator(operatorId), context);
    });
    return { operators, expired };
  },
};
