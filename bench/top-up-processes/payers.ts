/**
 * The other side of the top-up benchmark, a process of its own: payers pay at a steady rate, and the channel notifies each payment as WeChat Pay does, sealed with the
 * APIv3 key and signed with RSA over the raw bytes. Sends on time whether or not earlier answers have come (open loop). Speaks with its parent over IPC.
 */
import { createCipheriv, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { Agent, request } from 'node:http';

export type ToPayers = {
  readonly url: string; readonly privateKeyPem: string; readonly serial: string; readonly apiV3Key: string; readonly merchantId: string; readonly appId: string; readonly amountMinor: number;
  readonly outTradeNos: readonly string[]; readonly perSecond: number;
};
export type FromPayers = { readonly accepted: number; readonly refused: number; readonly elapsedMs: number };

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

function notification(order: ToPayers, outTradeNo: string, key: ReturnType<typeof createPrivateKey>): { body: Buffer; headers: Record<string, string> } {
  const nonce = randomBytes(6).toString('hex'), paidAt = new Date(Date.now() + 8 * 3_600_000).toISOString().replace(/\.\d+Z$/, '+08:00');
  const cipher = createCipheriv('aes-256-gcm', order.apiV3Key, nonce);
  cipher.setAAD(Buffer.from('transaction'));
  const content = JSON.stringify({
    mchid: order.merchantId, appid: order.appId, out_trade_no: outTradeNo, transaction_id: `42${randomBytes(13).toString('hex')}`, trade_type: 'NATIVE', trade_state: 'SUCCESS', success_time: paidAt,
    payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' }, amount: { total: order.amountMinor, payer_total: order.amountMinor, currency: 'CNY', payer_currency: 'CNY' },
  });
  const sealed = Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]).toString('base64');
  const body = Buffer.from(JSON.stringify({
    id: randomBytes(16).toString('hex'), create_time: paidAt, resource_type: 'encrypt-resource', event_type: 'TRANSACTION.SUCCESS', summary: '支付成功',
    resource: { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ciphertext: sealed, associated_data: 'transaction', nonce },
  }));
  const timestamp = String(Math.floor(Date.now() / 1000)), signedNonce = randomBytes(16).toString('hex');
  const signature = sign('sha256', Buffer.concat([Buffer.from(`${timestamp}\n${signedNonce}\n`), body, Buffer.from('\n')]), key).toString('base64');
  return { body, headers: {
    'content-type': 'application/json', 'content-length': String(body.length), 'wechatpay-serial': order.serial, 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': signedNonce, 'wechatpay-signature': signature,
  } };
}

const send = (url: string, { body, headers }: { body: Buffer; headers: Record<string, string> }): Promise<boolean> => new Promise((resolve) => {
  const sent = request(url, { method: 'POST', headers, agent }, (response) => { response.resume().on('end', () => { resolve(response.statusCode === 200); }); });
  sent.on('error', () => { resolve(false); });
  sent.end(body);
});

async function pay(order: ToPayers): Promise<FromPayers> {
  const key = createPrivateKey(order.privateKeyPem), startedAt = performance.now();
  const answers: Promise<boolean>[] = [];
  for (const [index, outTradeNo] of order.outTradeNos.entries()) {
    const due = startedAt + (index * 1000) / order.perSecond;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    answers.push(send(order.url, notification(order, outTradeNo, key)));
  }
  const accepted = (await Promise.all(answers)).filter(Boolean).length;
  return { accepted, refused: answers.length - accepted, elapsedMs: performance.now() - startedAt };
}

process.on('message', (order: ToPayers) => { void pay(order).then((paid) => { process.send!(paid satisfies FromPayers); }); });
process.on('disconnect', () => { process.exit(0); });
process.send!({ ready: true });
