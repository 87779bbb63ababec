import { Type, type Static } from 'typebox';
import { assert, instant, money } from '../../../kernel/index.ts';
import { requestApproval, type ApprovalKind } from '../../../platform/approvals/index.ts';
import { recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyFromJson, moneyToJson, NullOr, orNull, Page, pageQuery, toPage, type Api, type Call } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { CHARGEBACK_SOURCES, CHARGEBACK_STATES, findChargeback, listChargebacks, type Chargeback } from '../chargebacks/chargeback.ts';
import { checkWriteOff, decideChargeback, recordChargeback, writeOffChargeback } from '../chargebacks/record-chargeback.ts';
import { namesOf } from './names.ts';

const tag = 'payments';
const params = Type.Object({ chargebackId: IdJson('cbk') });
const ChargebackJson = Type.Object({
  chargebackId: IdJson('cbk'), orderId: IdJson('pay'), attempt: Type.Integer(), merchantAccountId: IdJson('mch'), memberId: IdJson('mem'), memberName: NullOr(Type.String()), amount: MoneyJson, channelReference: Type.String(),
  reason: Type.String(), source: Type.Enum([...CHARGEBACK_SOURCES], { title: 'ChargebackSource' }), openedBy: Type.String(), openedAt: InstantJson, fromWallet: MoneyJson, receivable: MoneyJson,
  cashback: MoneyJson, coupons: Type.Integer({ description: 'unused coupons that were given for the payment and went back with it' }),
  state: Type.Enum([...CHARGEBACK_STATES], { title: 'ChargebackState' }), decidedBy: NullOr(Type.String()), decidedAt: NullOr(InstantJson), decisionNote: NullOr(Type.String()), writtenOff: MoneyJson, writtenOffBy: NullOr(Type.String()),
}, { title: 'Chargeback' });
const reason = Type.String({ minLength: 1, maxLength: 500 });
type AnyCall = Pick<Call<unknown, unknown, unknown>, 'principal'>;
export type ChargebackRouteOptions = { readonly nameActors: NameActors };

/** Payments that a channel took back, and what became of the dispute. */
export function registerChargebackRoutes(api: Api, options: ChargebackRouteOptions): void {
  registerReading(api, options);
  registerActing(api, options);
}

function registerReading(api: Api, options: ChargebackRouteOptions): void {
  api.route({
    method: 'GET', path: '/chargebacks', operationId: 'listChargebacks', tag, summary: 'Payments that channels took back, newest first', permission: 'payments:read', audience: 'operator',
    query: Type.Object({ ...pageQuery, state: Type.Optional(Type.Enum([...CHARGEBACK_STATES])) }), response: Page(ChargebackJson),
    handler: async (tx, call) => {
      const { limit, state } = call.query, cursor = decodeCursor(call.query.cursor, ['number', 'uuid']);
      const rows = await listChargebacks(tx, { state: state ?? null, after: cursor === null ? null : { openedAt: instant(cursor[0]), chargebackId: cursor[1] }, countMax: limit + 1 });
      return toPage(rows, limit, await toJson(tx, call, options, rows), (row) => [row.openedAt, row.chargebackId]);
    },
  });
  api.route({
    method: 'GET', path: '/chargebacks/:chargebackId', operationId: 'getChargeback', tag, summary: 'One chargeback', permission: 'payments:read', audience: 'operator', params, response: ChargebackJson, errors: ['chargeback_not_found'],
    handler: async (tx, call) => {
      const found = await findChargeback(tx, idFromJson('cbk', call.params.chargebackId, 'chargeback_not_found'));
      if (found === null) throw problem('chargeback_not_found');
      return (await toJson(tx, call, options, [found]))(found);
    },
  });
}

function registerActing(api: Api, options: ChargebackRouteOptions): void {
  api.route({
    method: 'POST', path: '/chargebacks', operationId: 'recordChargeback', tag, summary: 'Record that a channel took a payment back',
    description: 'Once for each number of the channel. The wallet gives what it has; the member owes the rest. Cashback and unused coupons of the payment go back too, as far as they are still there.', permission: 'chargebacks:write', audience: 'operator', status: 201, response: ChargebackJson,
    body: Body({ orderId: IdJson('pay'), attempt: Type.Integer({ minimum: 1, maximum: 99 }), amount: MoneyJson, channelReference: Type.String({ minLength: 1, maxLength: 100 }), reason }),
    errors: ['payment_order_not_found', 'chargeback_not_on_a_wallet', 'chargeback_reference_reused', 'chargeback_exceeds_payment', 'currency_differs', 'chargeback_amount_invalid'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
      const { amountMinor, currency } = moneyFromJson(call.body.amount), operator = await loadOperator(tx);
      if (currency !== operator.currency) throw problem('currency_differs', { data: { currency: operator.currency } });
      if (amountMinor <= 0n) throw problem('chargeback_amount_invalid');
      const { attempt, channelReference } = call.body;
      const recorded = orProblem(await recordChargeback(tx, {
        orderId: idFromJson('pay', call.body.orderId, 'payment_order_not_found'), attempt, amountMinor, channelReference: channelReference.trim(), reason: call.body.reason.trim(), source: 'person', openedBy: call.actor.id,
      }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.record_chargeback', subject: { kind: 'chargeback', id: recorded.chargebackId }, after: acted(recorded), reason: recorded.reason }, call);
      return (await toJson(tx, call, options, [recorded]))(recorded);
    },
  });
  api.route({
    method: 'POST', path: '/chargebacks/:chargebackId/decision', operationId: 'decideChargeback', tag, summary: 'How the dispute with the channel ended',
    description: 'Won: everything is booked the other way round. Lost: what the member owes is still owed.', permission: 'chargebacks:write', audience: 'operator', params, response: ChargebackJson, idempotency: 'natural',
    body: Body({ outcome: Type.Enum(['won', 'lost'], { title: 'ChargebackOutcome' }), note: NullOr(Type.String({ maxLength: 500 })) }), errors: ['chargeback_not_found', 'chargeback_decided_already'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
      const decided = orProblem(await decideChargeback(tx, {
        chargebackId: idFromJson('cbk', call.params.chargebackId, 'chargeback_not_found'), outcome: call.body.outcome, by: call.actor.id, note: call.body.note?.trim() || null,
      }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.decide_chargeback', subject: { kind: 'chargeback', id: decided.chargebackId }, before: { state: 'open' }, after: acted(decided), reason: decided.decisionNote }, call);
      return (await toJson(tx, call, options, [decided]))(decided);
    },
  });
  api.route({
    method: 'POST', path: '/chargebacks/:chargebackId/write-off', operationId: 'writeOffChargeback', tag, summary: 'Ask to give up what is owed for a lost chargeback',
    description: 'Another person books the loss by approving.', permission: 'chargebacks:write', audience: 'operator', params, status: 201, response: Type.Object({ approvalId: IdJson('apr') }, { title: 'ChargebackWriteOff' }),
    body: Body({ reason }), errors: ['chargeback_not_found', 'chargeback_not_lost', 'chargeback_nothing_owed'],
    handler: async (tx, call) => {
      const { chargebackId, receivableMinor } = orProblem(await checkWriteOff(tx, idFromJson('cbk', call.params.chargebackId, 'chargeback_not_found')));
      const approvalId = await requestApproval(tx, {
        kind: 'payments.write_off_chargeback', payload: { chargebackId, receivableMinor }, subject: { kind: 'chargeback', id: chargebackId }, reason: call.body.reason.trim(), rule: 'giving up what a member owes needs a second person',
        requestedBy: call.actor, from: call.from,
      }, call);
      announce(tx, 'approvals');
      return { approvalId: idToJson('apr', approvalId) };
    },
  });
}

/** What approving does: the loss is booked. */
export const chargebackWriteOffApproval: ApprovalKind = {
  kind: 'payments.write_off_chargeback',
  async apply(tx, { payload, requestedBy, reason, decidedBy }, { clock, from }) {
    const written = await writeOffChargeback(tx, { chargebackId: payload.chargebackId as string, approvedBy: decidedBy }, { clock });
    if (!written.ok) return written;
    await recordAct(tx, { actor: { kind: 'user', id: decidedBy }, from, act: 'payments.write_off_chargeback', subject: { kind: 'chargeback', id: written.value.chargebackId }, after: { ...acted(written.value), askedBy: requestedBy }, reason }, { clock });
    return { ok: true, value: { writtenOffMinor: String(written.value.writtenOffMinor) } };
  },
};

const acted = ({ orderId, attempt, amountMinor, fromWalletMinor, receivableMinor, cashbackMinor, coupons, state, channelReference, writtenOffMinor }: Chargeback) =>
  ({ orderId, attempt, amountMinor, fromWalletMinor, receivableMinor, cashbackMinor, coupons, state, channelReference, writtenOffMinor });

async function toJson(tx: Tx, call: AnyCall, { nameActors }: ChargebackRouteOptions, rows: readonly Chargeback[]): Promise<(row: Chargeback) => Static<typeof ChargebackJson>> {
  const names = await namesOf(tx, call.principal, { actors: rows.flatMap(({ openedBy, decidedBy, writtenOffBy }) => [openedBy, decidedBy, writtenOffBy]), members: rows.map(({ memberId }) => memberId), nameActors });
  return (row) => {
    const amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, row.currency));
    return {
      chargebackId: idToJson('cbk', row.chargebackId), orderId: idToJson('pay', row.orderId), attempt: row.attempt, merchantAccountId: idToJson('mch', row.merchantAccountId), memberId: idToJson('mem', row.memberId),
      memberName: names.member(row.memberId), amount: amount(row.amountMinor), channelReference: row.channelReference, reason: row.reason, source: row.source, openedBy: names.actor(row.openedBy), openedAt: instantToJson(row.openedAt),
      fromWallet: amount(row.fromWalletMinor), receivable: amount(row.receivableMinor), cashback: amount(row.cashbackMinor), coupons: row.coupons, state: row.state, decidedBy: orNull(row.decidedBy, names.actor), decidedAt: orNull(row.decidedAt, instantToJson), decisionNote: row.decisionNote,
      writtenOff: amount(row.writtenOffMinor), writtenOffBy: orNull(row.writtenOffBy, names.actor),
    };
  };
}
