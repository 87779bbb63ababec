import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { DEFAULT_LIMITS, type AccountSettings } from '../channels/settings.ts';
import { openWorld } from '../world.fixture.ts';
import { changeMerchantAccount } from './change-merchant-account.ts';

const test = await openTestDatabase();
const settings = (merchantId: string): AccountSettings => ({
  kind: 'wechatpay', merchantId, appId: 'wx0123456789abcdef', certificateSerial: '0123456789ABCDEF', privateKey: 'file:k.pem', apiV3Key: 'file:k.v3', verifyWith: 'certificates', publicKeys: [],
  apiAddress: 'https://api.mch.weixin.qq.com', notifyOrigin: null, limits: DEFAULT_LIMITS,
});

describe("a merchant account's number", () => {
  it('P-18 changes until a payment was begun under it, and never after: the channel would know of no such payment under another one', async () => {
    const world = await openWorld(test), { merchantAccountId } = world.accounts.wechatpay;
    const exchange = { act: 'probe', request: '', response: null, httpStatus: 200, sentAt: world.clock.now(), answeredAt: world.clock.now() };
    const change = (version: number, merchantId: string) => changeMerchantAccount(world.odb, { merchantAccountId, version, settings: settings(merchantId), enabled: true, changedBy: 'usr', reason: null },
      { clock: world.clock, allowedOrigins: [], channels: { tryOut: () => Promise.resolve({ kind: 'confirmed', value: null, exchange }) } });
    assert.ok((await change(1, '1900000001')).ok);
    await world.offered((await world.open()).orderId);
    const moved = await change(2, '1900000002');
    assert.deepEqual(moved.ok ? null : { code: moved.error.code, field: 'field' in moved.error ? moved.error.field : null }, { code: 'merchant_account_settings_invalid', field: 'merchantId' });
    assert.ok((await change(2, '1900000001')).ok, 'everything else can be changed');
  });
});
