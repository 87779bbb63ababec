/** What is known of a member's money while sessions run; minor units of the operator's currency. */
export type MemberFunds = {
  /** What the wallet can still give: neither held nor spent. */
  readonly availableMinor: bigint;
  /** Held for the running sessions themselves: it pays for them. */
  readonly heldForSessionsMinor: bigint;
  readonly overdraftMinor: bigint;
  readonly thresholdMinor: bigint;
};
export type RunningCost = {
  /** Of the energy that registers prove so far. */
  readonly costMinor: bigint;
  /** What will be drawn until this is looked at again. */
  readonly expectedMinor: bigint;
};
export type BalanceVerdict = { readonly stop: boolean; readonly fundsMinor: bigint; readonly remainingMinor: bigint };

/**
 * Whether the sessions of one member have to stop: what is left after what was drawn, and after what will be drawn before anybody looks again,
 * is below the threshold. So the threshold, and not zero, is where charging ends, and what is drawn while the stop travels is paid for (C-20). Pure.
 */
export function judgeBalance({ availableMinor, heldForSessionsMinor, overdraftMinor, thresholdMinor }: MemberFunds, running: readonly RunningCost[]): BalanceVerdict {
  const fundsMinor = availableMinor + heldForSessionsMinor + overdraftMinor;
  const remainingMinor = running.reduce((left, { costMinor, expectedMinor }) => left - costMinor - expectedMinor, fundsMinor);
  return { stop: running.length > 0 && remainingMinor < thresholdMinor, fundsMinor, remainingMinor };
}
