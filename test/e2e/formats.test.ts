import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatKw, formatKwh, formatMinor, formatRate, parseMinor } from '../../web/src/format/number.ts';
import { formatDateTime, formatDuration, minuteOfDay, wallClockInstant, zoneOffset } from '../../web/src/format/time.ts';

describe('how the console writes figures', () => {
  it('groups thousands, keeps every decimal of the currency, and writes a true minus', () => {
    assert.equal(formatMinor('-123456789', 'CNY'), '−1,234,567.89');
    assert.equal(formatMinor('5', 'CNY'), '0.05');
    assert.equal(formatMinor('1234', 'JPY'), '1,234');
    assert.equal(formatKwh('36360'), '36.360');
    assert.equal(formatKw('59950'), '60.0');
    assert.equal(formatRate('11900', 4), '1.1900');
  });

  it('reads an amount only when it is one', () => {
    assert.equal(parseMinor('1,234.5', 'CNY'), 123450n);
    for (const text of ['1.234', '-5', '1e3', '', '0x10']) assert.equal(parseMinor(text, 'CNY'), null, text);
  });
});

describe('how the console tells the time', () => {
  it('writes an instant on the wall clock of the station and reads it back', () => {
    const at = Date.parse('2026-11-22T16:30:00Z');
    assert.equal(formatDateTime(at, 'Asia/Shanghai'), '2026-11-23 00:30');
    assert.equal(wallClockInstant('2026-11-23 00:30', 'Asia/Shanghai').getTime(), at);
    assert.equal(minuteOfDay(at, 'Asia/Shanghai'), 30);
    assert.equal(zoneOffset(at, 'Asia/Shanghai'), 'UTC+08:00');
  });

  it('finds the instant on either side of a change to summer time', () => {
    assert.equal(wallClockInstant('2026-03-29 00:30', 'Europe/London').toISOString(), '2026-03-29T00:30:00.000Z');
    assert.equal(wallClockInstant('2026-03-29 03:30', 'Europe/London').toISOString(), '2026-03-29T02:30:00.000Z');
  });

  it('says durations in words of the language', () => {
    assert.equal(formatDuration(5_025_000, 'en'), '1 h 23 min');
    assert.equal(formatDuration(5_025_000, 'zh'), '1 小时 23 分');
    assert.equal(formatDuration(65_000, 'en'), '1 min 5 s');
  });
});
