/** What is kept of a refund, rounded down to a minor unit: the server's rule, for telling it beforehand. */
export const commissionOf = (amountMinor: bigint, ppm: number): bigint => (amountMinor * BigInt(ppm)) / 1_000_000n;

/** 6000 ppm → "0.6"; parts per million have four decimals as a percentage, of which the last zeros are left out. */
export const percentText = (ppm: number): string => (ppm / 10_000).toFixed(4).replace(/\.?0+$/, '');

/** "0.6" → 6000. @returns null when it is no percentage from 0 to `percentMax` with at most four decimals. */
export function parsePercent(text: string, percentMax: number): number | null {
  const match = /^(\d{1,3})(?:\.(\d{1,4}))?$/.exec(text.trim());
  if (!match) return null;
  const ppm = Number(match[1]) * 10_000 + Number((match[2] ?? '').padEnd(4, '0'));
  return ppm <= percentMax * 10_000 ? ppm : null;
}
