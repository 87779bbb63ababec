import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../charge-point/random.ts';
import { alipay, openInbox, wechat } from './client.ts';
import { FAULTS, startWalletChannel, type FaultName, type TruthLine } from './index.ts';

const SEED = Number(process.env.SEED ?? 1 + Math.floor(performance.timeOrigin % 100_000));

test(`whatever goes wrong, the truth adds up: no money without a payment, no refund above it, balances to the fen (SEED=${SEED})`, async () => {
  const random = seededRandom(SEED);
  const quiet: readonly FaultName[] = ['answer_lost', 'answer_slow', 'notification_late'];
  const faults = Object.fromEntries((Object.keys(FAULTS) as FaultName[]).filter((name) => !quiet.includes(name)).map((name) => [name, name === 'chargeback' || name === 'refund_elsewhere' ? 0.25 : 0.06]));
  const channel = await startWalletChannel({ seed: SEED, timeFactor: 0, refundSpacingMs: 0, faults, payers: { pay: 0.7, afterMsMin: 0, afterMsMax: 20 } });
  const inbox = await openInbox();
  try {
    const wx = await channel.control.createMerchant({ channel: 'wechatpay' });
    const ali = await channel.control.createMerchant({ channel: 'alipay' });
    const live = async (i: number): Promise<void> => {
      const [outTradeNo, fen] = [`P${String(random.integer(1e9)).padStart(20, '0')}${String(i).padStart(5, '0')}01`, 1 + random.integer(50_000)];
      const wxCall = (path: string, content: Record<string, unknown>): Promise<unknown> => wechat(wx, 'POST', `/v3/${path}`, { mchid: wx.merchantId, ...content }).catch(() => null);
      const aliCall = (act: string, content: Record<string, unknown>): Promise<unknown> => alipay(ali, `alipay.trade.${act}`, { out_trade_no: outTradeNo, ...content }, { notify_url: inbox.url }).catch(() => null);
      const isWx = random.chance(0.5);
      const refund = (no: number, part: number): Promise<unknown> => (isWx ? wxCall('refund/domestic/refunds', { out_trade_no: outTradeNo, out_refund_no: `R${no}${outTradeNo}`, notify_url: inbox.url, amount: { refund: part, total: fen, currency: 'CNY' } })
        : aliCall('refund', { refund_amount: (part / 100).toFixed(2), out_request_no: `R${no}` }));
      if (isWx) await wxCall('pay/transactions/native', { appid: wx.appIds[0], description: '充值', out_trade_no: outTradeNo, notify_url: inbox.url, amount: { total: fen } });
      else await aliCall('precreate', { total_amount: (fen / 100).toFixed(2), subject: '充值' });
      await new Promise((resolve) => setTimeout(resolve, random.integer(25)));
      if (random.chance(0.4)) await (isWx ? wxCall(`pay/transactions/out-trade-no/${outTradeNo}/close`, {}) : aliCall('close', {}));
      for (let no = 0; no < 3; no++) if (random.chance(0.5)) await refund(random.integer(3), 1 + random.integer(fen));
      if (!isWx && random.chance(0.1)) await aliCall('cancel', {});
    };
    const queue = Array.from({ length: 240 }, (_, i) => i);
    await Promise.all(Array.from({ length: 12 }, async () => { for (let next = queue.shift(); next !== undefined; next = queue.shift()) await live(next); }));
    while (Number(channel.control.counts().waiting) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    check([...channel.control.truth()]);
  } finally {
    await channel.close();
    await inbox.close();
  }
});

function check(lines: readonly TruthLine[]): void {
  const of = (kind: string): TruthLine[] => lines.filter((line) => line.kind === kind);
  const sum = (items: readonly TruthLine[], field: string): number => items.reduce((total, item) => total + Number(item[field]), 0);
  const paid = of('payment').filter((line) => line.paid === true);
  const refunds = of('refund').filter((line) => line.state === 'success');
  const total = of('total')[0]!;
  assert.ok(paid.length > 50 && refunds.length > 10, `${paid.length} paid, ${refunds.length} refunds`);
  assert.equal(total.balanceFen, sum(paid, 'amountFen') - sum(paid, 'feeFen') - sum(refunds, 'amountFen') + sum(refunds, 'feeReturnedFen') - sum(of('chargeback').filter((line) => line.won !== true), 'amountFen'));
  assert.equal(total.balanceFen, sum(of('merchant'), 'balanceFen'));
  assert.ok(of('chargeback').length > 0 && of('refund').some((line) => line.elsewhere === true), 'payments were taken back, and given back elsewhere');
  for (const payment of of('payment')) {
    const own = refunds.filter((refund) => refund.outTradeNo === payment.outTradeNo);
    assert.ok(sum(own, 'amountFen') + Number(payment.chargedBackFen) <= (payment.paid === true ? Number(payment.amountFen) : 0), String(payment.outTradeNo));
    assert.ok(sum(own, 'feeReturnedFen') <= Number(payment.feeFen), String(payment.outTradeNo));
    if (Number(payment.refundedFen) === payment.amountFen) assert.equal(sum(own, 'feeReturnedFen'), payment.feeFen, `all of the commission goes back with all of the money: ${String(payment.outTradeNo)}`);
  }
}
