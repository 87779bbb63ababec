import { isClosed, casesOf } from '../modules/repair/index.ts';
import { openBillsOfCharging, type OpenAbnormalBills } from '../modules/reporting/index.ts';

/** As charging bills are called among what can be repaired. */
const CHARGING_BILL = 'charging_bill';

/** What stands against closing a settlement statement: bills in doubt whose case nobody has closed, with when each is due. */
export const openAbnormalBills: OpenAbnormalBills = async (tx, filter) => {
  const open = await openBillsOfCharging(tx, filter);
  const cases = await casesOf(tx, CHARGING_BILL, open.map(({ sessionId }) => sessionId));
  return open.flatMap((bill) => {
    const found = cases.get(bill.sessionId);
    return found && isClosed(found.state) ? [] : [{ ...bill, dueAt: found?.dueAt ?? null }];
  });
};
