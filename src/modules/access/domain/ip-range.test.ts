import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isInRanges, parseIpRange } from './ip-range.ts';

describe('IP ranges', () => {
  it('are addresses and CIDR ranges of both families', () => {
    for (const good of ['203.0.113.7', '203.0.113.0/24', '0.0.0.0/0', '::/0', '2001:db8::/32', '::1', '2001:db8:0:0:0:0:0:1', '::ffff:203.0.113.7', '10.0.0.0/8']) {
      assert.ok(parseIpRange(good), good);
    }
    for (const bad of ['', 'localhost', '203.0.113', '203.0.113.256', '203.0.113.07', '203.0.113.7/24', '1.2.3.4/33', '1.2.3.4/', '1.2.3.4/-1', '::/129', ':::', '1::2::3', '1:2:3:4:5:6:7:8:9', 'g::', '1.2.3.4/8/8', '1:2:3:4:5:6:7::8:9']) {
      assert.equal(parseIpRange(bad), null, bad);
    }
  });

  it('let an address in that lies in one of them', () => {
    assert.ok(isInRanges('203.0.113.200', ['198.51.100.0/24', '203.0.113.128/25']));
    assert.ok(!isInRanges('203.0.113.100', ['198.51.100.0/24', '203.0.113.128/25']));
    assert.ok(isInRanges('2001:db8:1::5', ['2001:db8::/32']));
    assert.ok(!isInRanges('2001:db9::5', ['2001:db8::/32']));
    assert.ok(isInRanges('::ffff:203.0.113.7', ['203.0.113.7']), 'IPv4 on an IPv6 socket');
    assert.ok(!isInRanges('203.0.113.7', ['::/0']), 'another family');
    assert.ok(!isInRanges('unknown', ['0.0.0.0/0', '::/0']));
  });

  it("agree with Node's own block list on any address and range", () => {
    const address = fc.oneof(fc.ipV4().map((text) => ({ text, family: 'ipv4' as const })), fc.ipV6().map((text) => ({ text, family: 'ipv6' as const })));
    fc.assert(fc.property(address, address, fc.nat(128), (ip, base, length) => {
      const prefix = Math.min(length, base.family === 'ipv4' ? 32 : 128);
      const list = new BlockList();
      list.addSubnet(base.text, prefix, base.family);
      const range = parseIpRange(`${base.text}/${prefix}`);
      // Node accepts bits behind the prefix; we call that a mistake.
      if (!range) return;
      // Node maps IPv4 into ::/0 and the like; to us a range of one family never lets the other in, which is the safer reading of a list.
      const expected = ip.family === base.family && list.check(ip.text, ip.family);
      assert.equal(isInRanges(ip.text, [`${base.text}/${prefix}`]), expected, `${ip.text} in ${base.text}/${prefix}`);
    }), { numRuns: 2_000 });
  });
});
