import type { AutomaticRule, RepairPolicy } from '../../api/repair.ts';

const SECONDS_PER_MINUTE = 60;
export const WAIT_MINUTES_MAX = 30 * 24 * 60;
export const waitMinutes = (seconds: number): number => Math.ceil(seconds / SECONDS_PER_MINUTE);
export const waitSeconds = (minutes: number): number => minutes * SECONDS_PER_MINUTE;

/** A policy's rules as the server takes them. */
export const rulesOf = ({ automatic }: RepairPolicy): AutomaticRule[] =>
  automatic.map(({ cause, amountMax, energyWhMax, waitSeconds: wait }) => ({ cause, amountMinorMax: amountMax.amountMinor, energyWhMax, waitSeconds: wait }));
