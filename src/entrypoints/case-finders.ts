import { decodeId, encodeId, toIso } from '../kernel/index.ts';
import { FLAG_CAUSES, sessionsByNumber } from '../modules/charging/index.ts';
import { CHARGING_EVENTS } from '../modules/charging/events.ts';
import { noteHappening, type FoundRecord, type RecordFinder } from '../modules/cases/index.ts';
import { chargePointMakes, chargePointsByIdentity } from '../modules/locations/index.ts';
import { findSettlementPayments } from '../modules/payments/index.ts';
import type { ChargePointId } from '../kernel/index.ts';
import type { Tx } from '../platform/database/index.ts';
import type { Subscriber } from '../platform/outbox/index.ts';

const decoded = (prefix: 'chg' | 'bill' | 'pay', numbers: readonly string[]): Map<string, string> =>
  new Map(numbers.flatMap((number) => { const id = decodeId(prefix, number.toLowerCase()); return id === null ? [] : [[id, number]]; }));

/** Sessions, by their own number, by any of their bills, or by the number that the charge point gave. */
const findSessions: RecordFinder = async (tx, numbers) => {
  const [sessions, bills] = [decoded('chg', numbers), decoded('bill', numbers)];
  const refs = numbers.filter((number) => /^v(16|201):./.test(number));
  if (sessions.size + bills.size + refs.length === 0) return new Map();
  const found = new Map<string, FoundRecord>();
  for (const { sessionId, billId, transactionRef, startedAt } of await sessionsByNumber(tx, { sessionIds: [...sessions.keys()], billIds: [...bills.keys()], transactionRefs: refs })) {
    const record: FoundRecord = { kind: 'session', subjectId: sessionId, label: `${encodeId('chg', sessionId)} · ${toIso(startedAt).slice(0, 16).replace('T', ' ')}` };
    for (const number of [sessions.get(sessionId), billId === null ? undefined : bills.get(billId), refs.includes(transactionRef) ? transactionRef : undefined]) if (number !== undefined) found.set(number, record);
  }
  return found;
};

const findChargePoints: RecordFinder = async (tx, numbers) => {
  const found = new Map<string, FoundRecord>();
  for (const { chargePointId, identity, assetCode } of await chargePointsByIdentity(tx, numbers)) {
    for (const number of numbers) if (number === identity || number === assetCode) found.set(number, { kind: 'charge_point', subjectId: chargePointId, label: identity });
  }
  return found;
};

/** Payment orders, by their own number or by the one that the channel and the payer's telephone show. */
const findPayments: RecordFinder = async (tx, numbers) => {
  const found = new Map<string, FoundRecord>();
  for (const { outTradeNo, orderId } of await findSettlementPayments(tx, numbers)) found.set(outTradeNo, { kind: 'payment_order', subjectId: orderId, label: outTradeNo });
  return found;
};

/** How records are found by the numbers that people know them by. One line an owner. */
export const CASE_FINDERS: readonly RecordFinder[] = [findSessions, findPayments, findChargePoints];

/** The make of charge points, for telling like cases. */
export async function makesOf(tx: Tx, chargePointIds: readonly string[]): Promise<Map<string, string>> {
  const makes = await chargePointMakes(tx, chargePointIds as readonly ChargePointId[]);
  return new Map([...makes].flatMap(([id, { maker, model, firmware }]) => (maker === null ? [] : [[id as string, [maker, model, firmware].filter((part) => part !== null).join(' ')]])));
}

export const CAUSES = Object.keys(FLAG_CAUSES);

/** A watched case opens again when a session of its cause ends at its charge point. */
export const caseSubscriber: Subscriber = {
  name: 'cases.recurrence', types: [CHARGING_EVENTS.sessionEnded],
  handle: async (tx, { payload, recordedAt }) => {
    const { sessionId, chargePointId, flags } = payload as { sessionId: string; chargePointId: string; flags: readonly { cause: string }[] };
    await noteHappening(tx, { chargePointId, causes: flags.map(({ cause }) => cause), at: recordedAt, record: { kind: 'session', subjectId: sessionId, label: encodeId('chg', sessionId) } });
  },
};
