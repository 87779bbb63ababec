import { CURRENCY_DECIMALS, type CurrencyCode } from '../../../kernel/index.ts';

/** What an operator decides about charging. Amounts in minor units of the operator's currency. */
export type ChargingPolicy = {
  /** Held at the start, as far as the balance reaches. */
  readonly holdAmountMinor: bigint;
  /** With less than this available the start is answered Blocked. */
  readonly holdMinimumMinor: bigint;
  /** A running session whose member has less than this left is to be stopped. */
  readonly balanceThresholdMinor: bigint;
  /** An open session that was silent for so long, by the server's clock, is closed by its evidence. */
  readonly silenceDeadlineS: number;
  readonly defaultConnectorPowerW: bigint;
  /** hold: a bill in doubt charges nothing until reviewed. settle_first: it charges what its registers prove, and is corrected later. */
  readonly abnormalBills: 'hold' | 'settle_first';
  /** Open sessions a member may have at once; null is no limit. */
  readonly sessionsPerMemberMax: number | null;
};

/** Fifty major units are held: more than a usual charge, less than most balances. Stations report at least every few minutes, so two hours of silence is no pause. */
export function defaultPolicy(currency: CurrencyCode): ChargingPolicy {
  const unit = 10n ** BigInt(CURRENCY_DECIMALS[currency]);
  return {
    holdAmountMinor: 50n * unit, holdMinimumMinor: 5n * unit, balanceThresholdMinor: 2n * unit, silenceDeadlineS: 7_200,
    defaultConnectorPowerW: 60_000n, abnormalBills: 'hold', sessionsPerMemberMax: null,
  };
}
