/** What charging tells the others, in the past tense; payloads carry ids, amounts as decimal strings and instants as milliseconds. */
export const CHARGING_EVENTS = {
  /** { sessionId, chargePointId, memberId, startedAt, endedAt, energyWh, state, flags } */
  sessionEnded: 'charging.session.ended.v1',
  /** { billId, sessionId, version, reason, state, memberId, currency, totalMinor, energyWh, previousBillId, abnormal, correctionId }: abnormal is whether something about it asks to be looked at, charged or not */
  billIssued: 'charging.bill.issued.v1',
  /**
   * { billId, sessionId, memberId, previousBillId, correctionId, change, currency, source, oldTotalMinor, newTotalMinor, oldEnergyWh, newEnergyWh }: for the member.
   * change: corrected | reverted | lapsed (the facts settled it) | contradicted (held again). Why it was decided stands with the correction.
   */
  billCorrected: 'charging.bill.corrected.v1',
} as const;
