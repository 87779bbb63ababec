import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as alipay from './alipay/signature.ts';
import * as wechat from './wechatpay/signature.ts';

// Made once with wechatpay-axios-plugin 0.9 and alipay-sdk 4.14 and a key that was thrown away: RSA PKCS#1 v1.5 gives one signature for one text, so whoever verifies it has the same text.
const PUBLIC_KEY = createPublicKey({ key: Buffer.from('MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAslfYLq65MRVlXlk2z7YjXc5UnuAURge7blY6jS6Kd7zTbSgG+F3etOdpllK0gA3lQdbcBVifo9sHC0++oMu0zRPwSe/CdWRcDxHthvJqP8OYgbYFeuf/StYsvTCCLueFq4179F39ZNOW5hdXWt0UKod+I18NVwf+RZWoErVAisFOwPx9mPQRz/dFgGT2MZZinj9rMgsMwZ1ZcwDDFUqq/R7zAXi6UUOGi3lBZZgBRxEuQwrExNcarB4F79FtOdp63/7oQ5LMnm6qE19gENwaOhbbUzuxPL6sG4VpPkHPJyoTbz9nfctvu3UgoB45G/RoPa8wM30C1AU+W0O5X51ugQIDAQAB', 'base64'), format: 'der', type: 'spki' });
const BODY = '{"mchid":"1900000109","description":"充电 充值"}', NONCE = 'nonce0123456789', TIMESTAMP = '1700000000';
const WECHAT_SIGNATURE = 'QkCVqDArxkqZ8gBCWepNNX2jdANoBnlx3qlZ6lfR6YU/mZjN71GppnRmgZeMFAYlmFqR0G4u/cGd9d/hIwG4Dw7LIMLTh2r26GVla1IQZ7so5OT4LgBnXivv/w3bQiWzkMocarzBrWYzS+bjlFrQa2Vcpq/qW/U5OR4TeVISAWplecBGuTbRPvhMXDZ0Z80et9J29/ZcRZZjSItpQ9IhENAxujVNdD0w490e4qCG7vxGpv9gu9spp08wWE7YrifgksdoPJYj0NPaLoMZlTWEvTXBAbM4snAh1pZeniBFTqy6OPQWhtqGdYs/PF7Uf002uwLEd9fGQEmXC9eEY1uzCA==';
const ALIPAY_ADDRESS = 'https://openapi.alipay.com/gateway.do?method=alipay.trade.page.pay&app_id=2021000000000001&charset=utf-8&version=1.0&sign_type=RSA2&timestamp=2026-11-22+21%3A05%3A37&notify_url=https%3A%2F%2Fx%2Fnotify&sign=iVuWgrLBx86twWF4VqOrNyAZA4fTMzrEArkVRlQIBF4e2XKXrHr9UHLyopSaaRyRS8iefI0lfouMcJ5WQCzbnwpEAWeWNLxF4Sd5vOL%2Bm6jS2VtR6g%2B9VoQ2YMZ6lC%2FVOVPLFCIfV0AfPKFaAYmRrvwEiGCMSLC5V63BbkDrhlDyhQkZgYoTvOUWN0beQLsxFLHdIrOJzyS05U62gBftZ0eaKvAezF%2B7VeoPAUwOpq45t70ZL780Hloxcj858tcObBbI42IuK3pNDHhb%2BsKA928IwuKxshVwj7i1RG3dk3K8PBelzp5JaltEnLHjNBNCQ6vmp%2Bs3oshg3HJeuDOyPA%3D%3D&alipay_sdk=alipay-sdk-nodejs-4.0.0&biz_content=%7B%22out_trade_no%22%3A%22T1%22%2C%22total_amount%22%3A%220.01%22%2C%22subject%22%3A%22%E5%85%85%20%E7%94%B5%22%2C%22product_code%22%3A%22FAST_INSTANT_TRADE_PAY%22%7D';
const SEALED = { algorithm: 'AEAD_AES_256_GCM', ciphertext: 'ph0YQ4pXzKy7S6jmFKrZfo0gcofZCzdJ8aifRNT9TLibofWpQfVOcF8UBNy7B0DCxRXNIBU=', nonce: 'nonce0123456', associatedData: 'transaction' };

describe('signatures of channels', () => {
  it('signs the same text of a request as another implementation of WeChat Pay does', () => {
    const text = wechat.requestText({ method: 'POST', url: new URL('https://api.mch.weixin.qq.com/v3/pay/transactions/native?a=1'), timestamp: TIMESTAMP, nonce: NONCE, body: BODY });
    assert.equal(text, `POST\n/v3/pay/transactions/native?a=1\n${TIMESTAMP}\n${NONCE}\n${BODY}\n`);
    assert.ok(alipay.isSignedBy(text, WECHAT_SIGNATURE, [PUBLIC_KEY]));
    assert.ok(!alipay.isSignedBy(text.trim(), WECHAT_SIGNATURE, [PUBLIC_KEY]));
    assert.ok(!wechat.isSignedBy(PUBLIC_KEY, { timestamp: TIMESTAMP, nonce: NONCE, body: Buffer.from(BODY), signature: WECHAT_SIGNATURE }), 'an answer is another text than a request');
  });
  it('opens what another implementation sealed, and nothing that was changed', () => {
    const key = createSecretKey(Buffer.from('0123456789abcdef0123456789abcdef'));
    assert.equal(wechat.unseal(SEALED, key)?.toString(), '{"trade_state":"SUCCESS","说":"付"}');
    for (const changed of [{ nonce: 'nonce0123457' }, { associatedData: 'refund' }, { ciphertext: `A${SEALED.ciphertext.slice(1)}` }, { ciphertext: '' }, { algorithm: 'AES' }, { nonce: '' }]) assert.equal(wechat.unseal({ ...SEALED, ...changed }, key), null);
    assert.equal(wechat.unseal(SEALED, createSecretKey(Buffer.alloc(32))), null);
  });
  it("signs the same text of a request as Alipay's own library does", () => {
    const parameters = Object.fromEntries(new URL(ALIPAY_ADDRESS).searchParams);
    assert.ok(alipay.isSignedBy(alipay.parametersText(parameters, ['sign']), parameters.sign!, [PUBLIC_KEY]));
  });
  it('finds the text of a node as it stands, whatever is inside its strings', () => {
    const node = '{"code":"10000", "a":"x\\"}y", "b":[1,{"c":"}"}],"d":-1.50,"e":null}';
    for (const text of [`{"alipay_trade_query_response":${node},"sign":"abc"}`, `{"sign":"abc" , "alipay_trade_query_response" : ${node} }`]) {
      const members = alipay.memberTexts(text);
      assert.deepEqual([members?.get('alipay_trade_query_response'), members?.get('sign'), members?.size], [node, '"abc"', 2]);
    }
    for (const text of ['', '[]', '{', '{"a"', '{"a":', '{"a":{"b":1}', '{"a":1 "b":2}', 'null']) assert.equal(alipay.memberTexts(text), null, text);
    assert.equal(alipay.memberTexts('{}')?.size, 0);
  });
  it('agrees with a whole parser on every object, and never throws on anything else', () => {
    fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), fc.jsonValue()), fc.constantFrom(0, 1, '\t'), (object, indent) => {
      const members = alipay.memberTexts(JSON.stringify(object, null, indent));
      assert.deepEqual(Object.fromEntries([...members!].map(([name, text]) => [name, JSON.parse(text) as unknown])), JSON.parse(JSON.stringify(object)));
    }), { verbose: 1 });
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json().map((text) => text.slice(1))), (text) => { alipay.memberTexts(text); }), { verbose: 1 });
  });
});
