/** What charging tells the others, in the past tense; payloads carry ids, amounts as decimal strings and instants as milliseconds. */
export const CHARGING_EVENTS = {
  /** { sessionId, chargePointId, memberId, startedAt, endedAt, energyWh, state, flags } */
  sessionEnded: 'charging.session.ended.v1',
  /** { billId, sessionId, version, reason, state, memberId, currency, totalMinor, energyWh, previousBillId } */
  billIssued: 'charging.bill.issued.v1',
} as const;
