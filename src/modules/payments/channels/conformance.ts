/**
 * What every adapter has to do, said once. The suite is run against a server that speaks the channel's protocol and was written by somebody else from the same
 * documentation; a rig says how to reach it and how to play the payer.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { addMs, MS_PER_MINUTE, toIso, type Clock } from '../../../kernel/index.ts';
import { STATEMENT_KINDS, type Channel, type NotificationVerdict, type Outcome, type PaidView, type PaymentMethod, type PaymentView, type RawNotification } from '../domain/channel.ts';
import { verifiedContent } from './statement.ts';

/** What may happen to the next call. `lost`: done, and no answer comes. `failed_after`: done, and the channel says that it does not know. */
export type CallFault = 'lost' | 'cut' | 'failed_before' | 'failed_after' | 'bad_gateway' | 'forged' | 'too_frequent';
export type CallKind = 'create' | 'pay_with_code' | 'query' | 'close' | 'reverse' | 'refund' | 'query_refund';
export type NotificationFault = 'doubled' | 'forged' | 'signature_probe' | 'wrong_amount' | 'wrong_app';

export type ChannelRig = {
  readonly channel: Channel; readonly clock: Clock; readonly merchant: string; readonly app: string;
  /** A fresh number for an order. */
  number(): string;
  pay(outTradeNo: string): void;
  /** The payer's browser opens a cashier's address. */
  visit(url: string): Promise<void>;
  /** The code on the payer's telephone. `confirms`: the password is asked for. */
  paymentCode(kind: 'pays' | 'confirms' | 'not_enough' | 'wrong'): string;
  faultNext(fault: CallFault, call: CallKind): void;
  faultNotification(fault: NotificationFault, outTradeNo: string): void;
  /** Every notification that came since the last time, once they are all here. */
  notifications(): Promise<readonly RawNotification[]>;
  /** The channel begins to sign with another key. Null where it never does by itself. */
  readonly rotate: (() => Promise<void>) | null;
  /** The statements of today are made, complete. @returns the day in the channel's calendar. */
  makeStatements(): string;
  /** So much time passes for the channel; refunds that are under way are done. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
};

const LIFETIME_MS = 10 * MS_PER_MINUTE;
const AMOUNT = 1_999n;

function value<T>(outcome: Outcome<T>): T {
  assert.equal(outcome.kind, 'confirmed', outcome.kind === 'confirmed' ? '' : `${outcome.reason}: ${outcome.message} (${outcome.exchange.response ?? ''})`);
  return (outcome as Extract<Outcome<T>, { kind: 'confirmed' }>).value;
}
const said = (outcome: Outcome<unknown>): string => (outcome.kind === 'confirmed' ? 'confirmed' : `${outcome.kind} ${outcome.reason}`);
function paid(view: PaymentView): PaidView {
  assert.equal(view.state, 'paid');
  return view as PaidView;
}
const verdicts = (channel: Channel, raws: readonly RawNotification[]): NotificationVerdict[] => raws.map((raw) => channel.readNotification(raw));

/** @param open a fresh rig; closed after the suite. */
export async function describeChannel(name: string, open: () => Promise<ChannelRig>): Promise<void> {
  const rig = await open();
  after(() => rig.close());
  const { channel, clock } = rig;
  const order = (outTradeNo: string, method: Exclude<PaymentMethod, 'payment_code'> = 'native_qr') =>
    ({ outTradeNo, amountMinor: AMOUNT, currency: 'CNY', description: 'Top-up', method, expiresAt: addMs(clock.now(), LIFETIME_MS), payer: 'payer-0001', payerIp: '203.0.113.7' }) as const;
  const byCode = (outTradeNo: string, paymentCode: string) =>
    ({ outTradeNo, amountMinor: AMOUNT, currency: 'CNY', description: 'Cola', paymentCode, expiresAt: addMs(clock.now(), LIFETIME_MS), deviceIp: '203.0.113.8' }) as const;
  const paidOrder = async (): Promise<string> => {
    const outTradeNo = rig.number();
    value(await channel.createPayment(order(outTradeNo)));
    rig.pay(outTradeNo);
    await rig.notifications();
    return outTradeNo;
  };
  const context = { rig, order, byCode, paidOrder };
  describe(`${name}: payments`, () => payments(context));
  describe(`${name}: payments by code`, () => codePayments(context));
  describe(`${name}: closing and refunds`, () => closingAndRefunds(context));
  describe(`${name}: what an answer may be`, () => doubtfulAnswers(context));
  describe(`${name}: notifications`, () => notifications(context));
  describe(`${name}: statements`, () => statements(context));
}

type Context = {
  readonly rig: ChannelRig; readonly paidOrder: () => Promise<string>;
  readonly order: (outTradeNo: string, method?: Exclude<PaymentMethod, 'payment_code'>) => Parameters<Channel['createPayment']>[0];
  readonly byCode: (outTradeNo: string, paymentCode: string) => Parameters<Channel['payWithCode']>[0];
};

function payments({ rig, order }: Context): void {
  const { channel } = rig;
  for (const method of channel.traits.methods.filter((each) => each !== 'payment_code')) {
    it(`gives the payer what ${method} needs, and knows the payment once it is made`, async () => {
      const outTradeNo = rig.number();
      const presentation = value(await channel.createPayment(order(outTradeNo, method)));
      if (presentation.kind === 'invoke') assert.ok(Object.values(presentation.parameters).every((parameter) => parameter !== ''));
      else assert.ok(URL.canParse(presentation.url));
      if (presentation.kind === 'redirect') await rig.visit(presentation.url);
      rig.pay(outTradeNo);
      const view = paid(value(await channel.queryPayment(outTradeNo)));
      assert.equal(view.amountMinor, AMOUNT);
      assert.deepEqual([view.currency, view.merchant, view.app, view.refundedMinor ?? 0n], ['CNY', rig.merchant, rig.app, 0n]);
      assert.ok(view.channelTradeNo !== '' && Math.abs(view.paidAt - rig.clock.now()) < 2 * MS_PER_MINUTE);
    });
  }
  it('gives the same order again when it is asked again, and not another one under its number', async () => {
    const request = order(rig.number());
    assert.deepEqual(value(await channel.createPayment(request)), value(await channel.createPayment(request)));
    assert.equal(said(await channel.createPayment({ ...request, amountMinor: AMOUNT + 1n })), 'refused number_reused');
  });
  it('says of an order that was paid that it is', async () => {
    const request = order(rig.number());
    value(await channel.createPayment(request));
    rig.pay(request.outTradeNo);
    assert.equal(said(await channel.createPayment(request)), 'refused already_paid');
  });
  it('knows what it was never told, and what nobody paid yet', async () => {
    assert.deepEqual(value(await channel.queryPayment(rig.number())), { state: 'not_found' });
    const outTradeNo = rig.number();
    value(await channel.createPayment(order(outTradeNo)));
    assert.deepEqual(value(await channel.queryPayment(outTradeNo)), { state: channel.traits.codeMayStillBePaid ? 'not_found' : 'awaiting' });
  });
  it('carries amounts whole: one fen, and more fen than a float has digits for yuan', async () => {
    for (const amountMinor of [1n, 10n, 100n, 999_999_999_99n]) {
      const outTradeNo = rig.number();
      value(await channel.createPayment({ ...order(outTradeNo), amountMinor }));
      rig.pay(outTradeNo);
      assert.equal(paid(value(await channel.queryPayment(outTradeNo))).amountMinor, amountMinor);
    }
  });
  it('passes the probe with the right keys, numbers and app', async () => { assert.equal(said(await channel.probe()), 'confirmed'); });
}

function codePayments({ rig, byCode }: Context): void {
  const { channel } = rig;
  it('charges the code that the payer shows', async () => {
    const outTradeNo = rig.number();
    assert.equal(paid(value(await channel.payWithCode(byCode(outTradeNo, rig.paymentCode('pays'))))).amountMinor, AMOUNT);
    assert.equal(value(await channel.queryPayment(outTradeNo)).state, 'paid');
  });
  it('says that the payer is typing the password, and later that it was typed', async () => {
    const outTradeNo = rig.number();
    assert.equal(value(await channel.payWithCode(byCode(outTradeNo, rig.paymentCode('confirms')))).state, 'user_paying');
    assert.ok(['user_paying', 'awaiting'].includes(value(await channel.queryPayment(outTradeNo)).state));
    rig.pay(outTradeNo);
    assert.equal(value(await channel.queryPayment(outTradeNo)).state, 'paid');
  });
  it('tells a wrong code from a payer without money', async () => {
    assert.equal(said(await channel.payWithCode(byCode(rig.number(), rig.paymentCode('wrong')))), 'refused payment_code_invalid');
    assert.equal(said(await channel.payWithCode(byCode(rig.number(), rig.paymentCode('not_enough')))), 'refused not_enough_balance');
  });
  it('does not know what became of a charge without an answer, finds it by asking, and undoes it', async () => {
    const outTradeNo = rig.number();
    rig.faultNext('lost', 'pay_with_code');
    assert.equal(said(await channel.payWithCode(byCode(outTradeNo, rig.paymentCode('pays')))), 'unknown timeout');
    assert.equal(value(await channel.queryPayment(outTradeNo)).state, 'paid');
    value(await channel.reversePayment(outTradeNo));
    value(await channel.reversePayment(outTradeNo));
    assert.notEqual(value(await channel.queryPayment(outTradeNo)).state, 'awaiting');
  });
  it('undoes a charge that still waits for the password', async () => {
    const outTradeNo = rig.number();
    value(await channel.payWithCode(byCode(outTradeNo, rig.paymentCode('confirms'))));
    value(await channel.reversePayment(outTradeNo));
    assert.equal(value(await channel.queryPayment(outTradeNo)).state, 'closed');
  });
}

function closingAndRefunds({ rig, order, paidOrder }: Context): void {
  const { channel } = rig;
  const refundOf = (outTradeNo: string, outRefundNo: string, amountMinor: bigint) => ({ outTradeNo, outRefundNo, amountMinor, totalMinor: AMOUNT, currency: 'CNY', reason: 'asked for' }) as const;
  const settled = async (outTradeNo: string, outRefundNo: string) => {
    await rig.pass(MS_PER_MINUTE);
    return value(await channel.queryRefund({ outTradeNo, outRefundNo }));
  };
  it('closes what nobody paid, or says that it is not there yet', async () => {
    const outTradeNo = rig.number();
    value(await channel.createPayment(order(outTradeNo)));
    const closed = await channel.closePayment(outTradeNo);
    if (channel.traits.codeMayStillBePaid) assert.equal(said(closed), 'refused not_found');
    else assert.equal(value(await channel.queryPayment(outTradeNo)).state, (value(closed), 'closed'));
  });
  it('refuses to close what was paid', async () => {
    assert.equal(said(await channel.closePayment(await paidOrder())), 'refused already_paid');
  });
  it('refuses to close what it does not have', async () => { assert.equal(said(await channel.closePayment(rig.number())), 'refused not_found'); });
  it('refunds a part, then the rest, each once however often it is asked', async () => {
    const outTradeNo = await paidOrder(), [first, second] = [rig.number(), rig.number()];
    value(await channel.refund(refundOf(outTradeNo, first, 999n)));
    value(await channel.refund(refundOf(outTradeNo, first, 999n)));
    const view = await settled(outTradeNo, first);
    assert.deepEqual([view.state, view.state === 'succeeded' ? view.amountMinor : null], ['succeeded', 999n]);
    const after1 = paid(value(await channel.queryPayment(outTradeNo)));
    assert.equal(after1.amountMinor, AMOUNT, 'a payment that was given back in part was still made');
    value(await channel.refund(refundOf(outTradeNo, second, 1_000n)));
    assert.equal((await settled(outTradeNo, second)).state, 'succeeded');
    assert.equal(value(await channel.queryPayment(outTradeNo)).state, 'paid', 'also when all of it went back');
    assert.equal(said(await channel.refund(refundOf(outTradeNo, rig.number(), 1n))), 'refused over_limit');
  });
  it('refuses another amount under the number of a refund', async () => {
    const outTradeNo = await paidOrder(), outRefundNo = rig.number();
    value(await channel.refund(refundOf(outTradeNo, outRefundNo, 100n)));
    assert.equal(said(await channel.refund(refundOf(outTradeNo, outRefundNo, 200n))), 'refused number_reused');
  });
  it('knows no refund that was not asked for', async () => {
    assert.deepEqual(value(await channel.queryRefund({ outTradeNo: await paidOrder(), outRefundNo: rig.number() })), { state: 'not_found' });
  });
  it('does not know whether a refund without an answer was taken; the same number again refunds once', async () => {
    const outTradeNo = await paidOrder(), outRefundNo = rig.number();
    rig.faultNext('failed_after', 'refund');
    assert.equal(said(await channel.refund(refundOf(outTradeNo, outRefundNo, AMOUNT))), 'unknown system_error');
    value(await channel.refund(refundOf(outTradeNo, outRefundNo, AMOUNT)));
    const view = await settled(outTradeNo, outRefundNo);
    assert.equal(view.state === 'succeeded' ? view.amountMinor : null, AMOUNT);
  });
}

function doubtfulAnswers({ rig, order, paidOrder }: Context): void {
  const { channel } = rig;
  const EXPECTED: Readonly<Record<Exclude<CallFault, 'too_frequent'>, string>> = {
    lost: 'unknown timeout', cut: 'unknown connection', failed_before: 'unknown system_error', failed_after: 'unknown system_error', bad_gateway: 'unknown system_error', forged: 'unknown unverifiable_answer',
  };
  for (const [fault, expected] of Object.entries(EXPECTED) as [keyof typeof EXPECTED, string][]) {
    it(`concludes nothing from an answer that is ${fault.replace('_', ' ')}`, async () => {
      const outTradeNo = rig.number(), request = order(outTradeNo);
      rig.faultNext(fault, 'create');
      assert.equal(said(await channel.createPayment(request)), expected);
      value(await channel.createPayment(request));
      rig.pay(outTradeNo);
      for (const [kind, ask] of [['query', () => channel.queryPayment(outTradeNo)], ['close', () => channel.closePayment(outTradeNo)]] as const) {
        rig.faultNext(fault, kind);
        assert.equal(said(await ask()), expected, kind);
      }
      assert.equal(value(await channel.queryPayment(outTradeNo)).state, 'paid');
    });
  }
  it('takes "too often" as a no: nothing was done', async () => {
    const outTradeNo = await paidOrder();
    rig.faultNext('too_frequent', 'query');
    assert.equal(said(await channel.queryPayment(outTradeNo)), 'refused too_frequent');
  });
  it('keeps what went over the wire, without keys, signatures and the payer', async () => {
    const outTradeNo = await paidOrder(), { exchange } = await channel.queryPayment(outTradeNo);
    assert.ok(exchange.request.includes(outTradeNo) && exchange.response!.includes(outTradeNo) && exchange.httpStatus === 200);
    assert.doesNotMatch(exchange.request, /sign|WECHATPAY2|BEGIN|nonce/i);
    const payer = paid(value(await channel.queryPayment(outTradeNo))).payer;
    assert.ok(payer !== null && !exchange.response!.includes(payer));
  });
}

function notifications({ rig, order }: Context): void {
  const { channel } = rig;
  const told = async (fault: NotificationFault | null): Promise<{ outTradeNo: string; raws: readonly RawNotification[] }> => {
    const outTradeNo = rig.number();
    value(await channel.createPayment(order(outTradeNo)));
    await rig.notifications();
    if (fault !== null) rig.faultNotification(fault, outTradeNo);
    rig.pay(outTradeNo);
    return { outTradeNo, raws: await rig.notifications() };
  };
  const paymentIn = (verdict: NotificationVerdict | undefined) => verdict?.verdict === 'verified' && verdict.view.kind === 'payment' ? verdict.view : assert.fail(`no payment: ${JSON.stringify(verdict, (_name, field: unknown) => (typeof field === 'bigint' ? String(field) : field))}`);

  it('reads what is genuine, and says the same as asking does', async () => {
    const { outTradeNo, raws } = await told(null), view = paymentIn(verdicts(channel, raws)[0]);
    assert.equal(view.outTradeNo, outTradeNo);
    assert.deepEqual({ ...view.payment, payer: null }, { ...value(await channel.queryPayment(outTradeNo)), payer: null });
  });
  it('gives both of a doubled one the same id', async () => {
    const { raws } = await told('doubled'), ids = verdicts(channel, raws).map((verdict) => paymentIn(verdict).notifyId);
    assert.ok(ids.length >= 2 && new Set(ids).size === 1);
  });
  it('keeps a forged one apart, and reads the genuine one that follows', async () => {
    const { raws } = await told('forged'), found = verdicts(channel, raws).map(({ verdict }) => verdict);
    assert.ok(found.some((verdict) => verdict === 'forged' || verdict === 'stale') && found.includes('verified'), String(found));
  });
  it('hands on an amount and an app that are not ours as they are, for whoever compares', async () => {
    assert.notEqual(paid(paymentIn(verdicts(channel, (await told('wrong_amount')).raws)[0]).payment).amountMinor, AMOUNT);
    assert.notEqual(paid(paymentIn(verdicts(channel, (await told('wrong_app')).raws)[0]).payment).app, rig.app);
  });
  it('sees every changed byte', async () => {
    const [raw] = (await told(null)).raws;
    for (let at = 0; at < raw!.body.length; at += Math.ceil(raw!.body.length / 40)) {
      const body = Buffer.from(raw!.body);
      body[at]! ^= 1;
      const verdict = channel.readNotification({ ...raw!, body });
      // The last letter of a base64 text has bits that mean nothing.
      if (verdict.verdict === 'verified') assert.deepEqual(verdict, channel.readNotification(raw!), `byte ${at}`);
    }
  });
  it('does not believe one that is older than its last repeat could be', async () => {
    const [raw] = (await told(null)).raws;
    assert.equal(channel.readNotification({ ...raw!, receivedAt: addMs(raw!.receivedAt, channel.traits.notifiesForMs + 2 * 60 * MS_PER_MINUTE) }).verdict, 'stale');
  });
  it('judges the same one the same way when it is read again later', async () => {
    const [raw] = (await told(null)).raws;
    assert.deepEqual(channel.readNotification(raw!), channel.readNotification(raw!));
  });
  it('reads nothing out of noise', () => {
    for (const body of ['', 'x', '{}', '{"id":1}', 'sign=1&sign_type=RSA2', '\u0000\uffff']) {
      assert.notEqual(channel.readNotification({ headers: {}, body: Buffer.from(body), receivedAt: rig.clock.now() }).verdict, 'verified');
    }
  });
  // Where the other side never changes its key by itself there is nothing to follow.
  const { rotate } = rig;
  if (rotate !== null) it('follows when the channel signs with a new key, without a stop', async () => {
    const before = rig.number();
    value(await channel.createPayment(order(before)));
    await rotate();
    rig.pay(before);
    const raws = await rig.notifications();
    assert.equal(value(await channel.queryPayment(before)).state, 'paid', 'an answer signed with the new key');
    assert.ok(raws.length > 0 && verdicts(channel, raws).every(({ verdict }) => verdict === 'verified'), 'a notification that came before the new key was here is read after');
  });
}

function statements({ rig, paidOrder }: Context): void {
  const { channel } = rig;
  const read = async (kind: 'trade' | 'fund_flow', date: string): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for await (const piece of verifiedContent(value(await channel.fetchStatement({ kind, date })))) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  it('gives the lines of a day, the same each time', async () => {
    const outTradeNo = await paidOrder(), date = rig.makeStatements();
    const text = await read('trade', date);
    assert.ok(text.includes(outTradeNo));
    assert.deepEqual(await read('trade', date), text);
    assert.ok((await read('fund_flow', date)).length > 0);
  });
  it('says that there is none of a day without trade', async () => {
    for (const kind of STATEMENT_KINDS) assert.equal(said(await channel.fetchStatement({ kind, date: toIso(addMs(rig.clock.now(), -20 * 24 * 60 * MS_PER_MINUTE)).slice(0, 10) })), 'refused no_statement');
  });
}
