/** Ledger transfer codes of charging (100–199). Those of holds and payments belong to wallets (1–99). */
export const CHARGING_TRANSFER = {
  revenue_electricity: 100,
  revenue_service: 101,
  revenue_occupancy: 102,
  bill_reversal: 110,
  energy_metered: 150,
  energy_billed: 151,
  energy_metered_correction: 152,
} as const;
