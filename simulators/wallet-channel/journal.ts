/** Writes down every change, one JSON object a line, so that a simulator started again knows what it knew. The last line of a trade is what it is. */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { FundEntry, Journal, Refund, Trade } from './types.ts';
import { refundKey, register, tradeKey, type World } from './world.ts';

export const noJournal: Journal = { trade: () => undefined, fund: () => undefined, merchant: () => undefined, close: () => Promise.resolve() };

export function fileJournal(file: string): Journal {
  const out = createWriteStream(file, { flags: 'a' });
  const write = (line: unknown): void => void out.write(`${JSON.stringify(line)}\n`);
  return {
    trade: ({ merchant, ...trade }) => write({ type: 'trade', merchantId: merchant.merchantId, ...trade }),
    fund: (merchant, { trade, refund, ...entry }) => write({ type: 'fund', merchantId: merchant.merchantId, outTradeNo: trade?.outTradeNo ?? null, outRefundNo: refund?.outRefundNo ?? null, ...entry }),
    merchant: (line) => write({ type: 'merchant', ...line }),
    close: () => new Promise((resolve) => { out.end(resolve); }),
  };
}

type Line = Readonly<Record<string, unknown>>;

/** Reads a journal into an empty world. @returns trades and refunds about which something is still to be done. */
export async function replay(world: World, file: string, addMerchant: (wanted: Line) => Promise<unknown>): Promise<{ unheard: Trade[]; unfinished: { trade: Trade; refund: Refund }[] }> {
  const last = new Map<string, Line>();
  const funds: Line[] = [];
  if (!existsSync(file)) return { unheard: [], unfinished: [] };
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const line = readLine(text);
    if (line?.type === 'merchant') await addMerchant(line);
    if (line?.type === 'trade') last.set(`${String(line.merchantId)}/${String(line.outTradeNo)}`, line);
    if (line?.type === 'fund') funds.push(line);
  }
  for (const { type: _, merchantId, ...fields } of last.values()) {
    const trade = { ...fields, merchant: world.merchants.get(String(merchantId))! } as unknown as Trade;
    register(world, trade);
    for (const refund of trade.refunds ?? []) world.refundsByNo.set(refundKey(trade.merchant, refund.outRefundNo, trade.outTradeNo), { trade, refund });
    world.counters.trade = Math.max(world.counters.trade, trade.index + 1);
    world.counters.refund += trade.refunds?.length ?? 0;
  }
  for (const { type: _, merchantId, outTradeNo, outRefundNo, ...fields } of funds) {
    const merchant = world.merchants.get(String(merchantId))!;
    const trade = outTradeNo === null ? null : world.trades.get(tradeKey(merchant, String(outTradeNo))) ?? null;
    const refund = outRefundNo === null ? null : trade?.refunds?.find((candidate) => candidate.outRefundNo === outRefundNo) ?? null;
    const entry = { ...fields, trade, refund } as unknown as FundEntry;
    merchant.funds.push(entry);
    merchant.balanceFen = entry.balanceFen;
  }
  world.counters.flow = funds.length;
  world.counters.notification = world.counters.trade;
  const trades = [...world.trades.values()];
  return {
    unheard: trades.filter((trade) => trade.state === 'paid' && trade.accepted === 0 && trade.notifyUrl !== null),
    unfinished: trades.flatMap((trade) => (trade.refunds ?? []).filter((refund) => refund.state === 'processing').map((refund) => ({ trade, refund }))),
  };
}

/** The last line may have been cut by the end of the process that wrote it. */
function readLine(text: string): Line | null {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null;
  }
}
