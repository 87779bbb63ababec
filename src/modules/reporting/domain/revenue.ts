/** The parts of a bill that are revenue, each with an account of the ledger. */
export const REVENUE = ['electricity', 'service', 'occupancy'] as const;
export type RevenueKind = (typeof REVENUE)[number];
