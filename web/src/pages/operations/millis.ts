/** Microseconds as milliseconds with as many decimals as matter: 350 → "0.35", 12400 → "12.4", 250000 → "250". */
export function formatMicros(us: number): string {
  const ms = us / 1_000;
  return ms < 1 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
