/** The desk where bills are made and fetched: made once, so that whoever fetches again gets the same bytes. */
import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { alipayDetailText, alipayFlowText, alipaySummaryText } from './alipay-bill-text.ts';
import { faultyRows, fundRows, trueRows, type BillRow, type PlantedFault } from './bill-rows.ts';
import { chinaDate, chinaMidnight, DAY_MS } from './clock.ts';
import { gbkZip } from './gbk-zip.ts';
import { fundFlowText, tradeBillText, type TradeBillType } from './wechatpay-bill-text.ts';
import type { Merchant } from './types.ts';
import type { World } from './world.ts';

export type Bill = { readonly packed: Buffer; readonly sha1: string };
export type BillState = 'ready' | 'creating' | 'empty' | 'wrong_date';
export type BillDesk = {
  readonly planted: PlantedFault[];
  state(merchant: Merchant, date: string | null): BillState;
  wechatTrade(merchant: Merchant, date: string, type: TradeBillType): Bill | null;
  wechatFunds(merchant: Merchant, date: string): Bill | null;
  alipayTrade(merchant: Merchant, date: string): Bill | null;
  alipayFunds(merchant: Merchant, date: string): Bill | null;
  /** An address that is good for so long. */
  offer(bytes: Buffer, validMs: number): string;
  take(token: string): Buffer | null;
  /** Bills of this day can be had at once, whatever the hour. Today's bill is made as it stands. */
  open(date: string): void;
};

/** Bills are made from 09:00 of the next day. */
const READY_AFTER_MS = DAY_MS + 9 * 3_600_000;
const KEPT_DAYS = 92;

export function openBillDesk(world: World): BillDesk {
  const opened = new Set<string>();
  const made = new Map<string, Bill | null>();
  const rowsOf = new Map<string, { rows: readonly BillRow[]; old: boolean; wrongTotals: boolean; wrongHash: boolean }>();
  const offers = new Map<string, { bytes: Buffer; until: number }>();
  const planted: PlantedFault[] = [];
  const rows = (merchant: Merchant, date: string): { rows: readonly BillRow[]; old: boolean; wrongTotals: boolean; wrongHash: boolean } => {
    const key = `${merchant.merchantId}/${date}`;
    const known = rowsOf.get(key);
    if (known) return known;
    const whole = (fault: 'bill_old_header' | 'bill_totals_differ' | 'bill_hash_differs'): boolean => {
      const it = world.faults.happens(fault, `b/${key}`);
      if (it) planted.push({ kind: 'bill_fault', channel: merchant.channel, merchantId: merchant.merchantId, date, fault, outTradeNo: null, outRefundNo: null, was: null, written: null });
      return it;
    };
    const drawn = { rows: faultyRows(world, merchant, date, trueRows(world, merchant, date), planted), old: whole('bill_old_header'), wrongTotals: whole('bill_totals_differ'), wrongHash: whole('bill_hash_differs') };
    rowsOf.set(key, drawn);
    return drawn;
  };
  const once = (key: string, make: () => Bill | null): Bill | null => {
    if (!made.has(key)) made.set(key, make());
    return made.get(key)!;
  };
  const text = (content: string, wrongHash: boolean): Bill => ({ packed: gzipSync(content), sha1: createHash('sha1').update(wrongHash ? `${content} ` : content).digest('hex') });
  return {
    planted, open: (date) => { opened.add(date); },
    state(merchant, date) {
      const from = date === null ? null : chinaMidnight(date);
      const now = world.clock.now();
      if (date === null || from === null || from < now - KEPT_DAYS * DAY_MS || (date >= chinaDate(now) && !opened.has(date))) return 'wrong_date';
      if (!opened.has(date) && now < from + READY_AFTER_MS) return 'creating';
      return fundRows(merchant, date).length === 0 && trueRows(world, merchant, date).length === 0 ? 'empty' : 'ready';
    },
    wechatTrade: (merchant, date, type) => once(`trade/${type}/${merchant.merchantId}/${date}`, () => {
      const drawn = rows(merchant, date);
      return drawn.rows.length === 0 ? null : text(tradeBillText(merchant, drawn.rows, type, drawn), drawn.wrongHash);
    }),
    wechatFunds: (merchant, date) => once(`funds/${merchant.merchantId}/${date}`, () => text(fundFlowText(fundRows(merchant, date)), false)),
    alipayTrade: (merchant, date) => once(`trade/${merchant.merchantId}/${date}`, () => {
      const drawn = rows(merchant, date);
      const name = `${merchant.merchantId}0156_${date.replaceAll('-', '')}`;
      const zip = gbkZip([
        { name: `${name}_业务明细.csv`, text: alipayDetailText(merchant, date, drawn.rows, drawn, world.clock.now()) }, { name: `${name}_业务明细(汇总).csv`, text: alipaySummaryText(merchant, date, drawn.rows, world.clock.now()) },
      ]);
      return drawn.rows.length === 0 ? null : { packed: zip, sha1: '' };
    }),
    alipayFunds: (merchant, date) => once(`funds/${merchant.merchantId}/${date}`, () => {
      const entries = fundRows(merchant, date);
      return entries.length === 0 ? null : { packed: gbkZip([{ name: `${merchant.merchantId}0156_${date.replaceAll('-', '')}_账务明细.csv`, text: alipayFlowText(merchant, date, entries, world.clock.now()) }]), sha1: '' };
    }),
    offer(bytes, validMs) {
      const now = world.clock.wire();
      for (const [token, offer] of offers) if (offer.until < now) offers.delete(token);
      const token = randomBytes(24).toString('base64url');
      offers.set(token, { bytes, until: now + validMs });
      return token;
    },
    take(token) {
      const offer = offers.get(token);
      return offer && offer.until >= world.clock.wire() ? offer.bytes : null;
    },
  };
}
