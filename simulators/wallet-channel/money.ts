/**
 * Money in the simulator is whole fen in a `number`: the wire carries it as a JSON number (WeChat Pay) or as yuan with two decimals (Alipay, bills),
 * and no account here comes near 2^53 fen. Only the fen is computed with; yuan is text.
 */
export const FEE_PER_MYRIAD = 60;

/** The channel's commission on a payment: per order, rounded half up. */
export const feeOf = (amountFen: number, perMyriad: number): number => Math.floor((amountFen * perMyriad + 5_000) / 10_000);

export function yuan(fen: number): string {
  const magnitude = Math.abs(fen);
  return `${fen < 0 ? '-' : ''}${Math.floor(magnitude / 100)}.${String(magnitude % 100).padStart(2, '0')}`;
}

/** Reads yuan with at most two decimals as fen; null when it is no such amount. */
export function parseYuan(text: unknown): number | null {
  const match = typeof text === 'string' || typeof text === 'number' ? /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(String(text)) : null;
  return match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : null;
}
