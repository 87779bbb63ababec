/**
 * A second opinion on the price of a session: walks it second by second with a clock of its own and no cleverness. It shares no
 * code with src/modules/tariffs; what it shares is the rules, written down in `rate.ts`.
 */
export type PlainPeriod = { start: number; end: number; kind: string; electricityE4: bigint; serviceE4: bigint };
export type PlainTariff = { id: string; fromS: number; toS: number; periods: PlainPeriod[]; occupancyE4: bigint | null; graceMinutes: number };
export type PlainInterval = { fromS: number; toS: number; wh: bigint };
export type PlainLine = { what: string; kind: string | null; tariff: string; fromS: number; toS: number; quantity: bigint; minor: bigint };

export function secondBySecond(input: { zone: string; decimals: number; tariffs: PlainTariff[]; energy: PlainInterval[]; occupancy: { fromS: number; toS: number } | null }): PlainLine[] {
  const clock = wallClock(input.zone);
  type Group = { tariff: PlainTariff; period: PlainPeriod; key: string; fromS: number; toS: number; wh: bigint };
  const groups: Group[] = [];
  const put = (fromS: number, toS: number, wh: bigint): void => {
    const tariff = inForce(input.tariffs, fromS);
    const minute = clock(fromS);
    const period = tariff.periods.filter((each) => each.start <= minute && minute < each.end)[0]!;
    const key = [tariff.id, period.kind, period.electricityE4, period.serviceE4].join();
    const last = groups.at(-1);
    if (last && last.key === key && last.toS === fromS) {
      last.toS = toS;
      last.wh += wh;
    } else {
      groups.push({ tariff, period, key, fromS, toS, wh });
    }
  };
  for (const { fromS, toS, wh } of input.energy) {
    if (fromS === toS) put(fromS, toS, wh);
    // Whole Wh up to a second are those of the even flow, rounded; a second gets what is new since the one before it. Sums over
    // seconds are therefore the roundings at the edges of the sum, whichever seconds are summed.
    const upTo = (second: number): bigint => nearest(wh * BigInt(second - fromS), BigInt(toS - fromS));
    for (let second = fromS; second < toS; second++) put(second, second + 1, upTo(second + 1) - upTo(second));
  }
  const lines: PlainLine[] = [];
  for (const { tariff, period, fromS, toS, wh } of groups) {
    if (wh === 0n) continue;
    for (const [what, price] of [['electricity', period.electricityE4], ['service', period.serviceE4]] as const) {
      lines.push({ what, kind: period.kind, tariff: tariff.id, fromS, toS, quantity: wh, minor: nearest(wh * price * 10n ** BigInt(input.decimals), 10_000_000n) });
    }
  }
  return [...lines, ...minuteByMinute(input.tariffs, input.occupancy, input.decimals)];
}

function minuteByMinute(tariffs: PlainTariff[], occupancy: { fromS: number; toS: number } | null, decimals: number): PlainLine[] {
  if (!occupancy || occupancy.fromS === occupancy.toS) return [];
  const first = inForce(tariffs, occupancy.fromS);
  const lines: PlainLine[] = [];
  let startS = occupancy.fromS + (first.occupancyE4 === null ? 0 : first.graceMinutes * 60);
  for (; startS + 60 <= occupancy.toS; startS += 60) {
    const tariff = inForce(tariffs, startS);
    if (tariff.occupancyE4 === null) continue;
    const last = lines.at(-1);
    if (last && last.tariff === tariff.id && last.toS === startS) {
      last.toS += 60;
      last.quantity += 1n;
      last.minor = nearest(last.quantity * tariff.occupancyE4 * 10n ** BigInt(decimals), 10_000n);
    } else {
      lines.push({ what: 'occupancy', kind: null, tariff: tariff.id, fromS: startS, toS: startS + 60, quantity: 1n, minor: nearest(tariff.occupancyE4 * 10n ** BigInt(decimals), 10_000n) });
    }
  }
  return lines;
}

const inForce = (tariffs: PlainTariff[], second: number): PlainTariff => tariffs.filter((each) => each.fromS <= second && second < each.toS)[0]!;

/** Nearest whole number of a fraction that is not negative; a half goes up. */
function nearest(numerator: bigint, denominator: bigint): bigint {
  const remainder = numerator % denominator;
  return numerator / denominator + (remainder + remainder >= denominator ? 1n : 0n);
}

/** The minute of the day that a clock on the wall shows, asked of the runtime's own formatter. */
function wallClock(zone: string): (second: number) => number {
  const formatter = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const memory = new Map<number, number>();
  return (second) => {
    const minute = Math.floor(second / 60);
    let shown = memory.get(minute);
    if (shown === undefined) {
      const [hours, minutes] = formatter.format(minute * 60_000).split(':');
      memory.set(minute, (shown = Number(hours) * 60 + Number(minutes)));
    }
    return shown;
  };
}
