/** The chart of accounts: which accounts there are, and ids that are known without looking them up. */
import { createHash } from 'node:crypto';
import type { CurrencyCode } from '../../kernel/index.ts';
import type { AccountEvent, AccountFlags } from './domain/account.ts';

/** Energy in Wh. Money ledgers are numbered by ISO 4217, which ends at 999. */
export const ENERGY_LEDGER = 1000;

/** ISO 4217 numeric codes: a money ledger counts the currency's minor units. */
const MONEY_LEDGERS = { CNY: 156, EUR: 978, GBP: 826, HKD: 344, JPY: 392, KES: 404, USD: 840, ZAR: 710 } as const satisfies Record<CurrencyCode, number>;
export const moneyLedger = (currency: CurrencyCode): number => MONEY_LEDGERS[currency];
/** @returns the currency of a money ledger, or null for the energy ledger and unknown ones. */
export function currencyOfLedger(ledger: number): CurrencyCode | null {
  const found = Object.entries(MONEY_LEDGERS).find(([, number]) => number === ledger);
  return found === undefined ? null : (found[0] as CurrencyCode);
}

/** Account codes. Per operator unless a subject is named. */
export const ACCOUNT = {
  /** Cash taken at the counter. */
  cash_desk: 1001,
  /** The operator's bank account: what channels have paid out. */
  bank: 1002,
  /** Paid by customers and still at the channel. Per merchant account. */
  channel_receivable: 1100,
  /** What a member still owes: what a bill took beyond the wallet. Per member. */
  member_receivable: 1200,
  /** Charges on their way from wallet and receivable to revenue. */
  charging_clearing: 1900,
  /** A member's prepaid money; never below zero. Per member. */
  member_wallet: 2001,
  /** Taken off wallets and on its way back to payers. */
  refunds_payable: 2100,
  /** Paid by somebody and not due to us: paid twice, or after closing. Goes back, or is applied by a person. Per merchant account. */
  unapplied_payments: 2110,
  revenue_electricity: 4001,
  revenue_service: 4002,
  revenue_occupancy: 4003,
  /** Commission kept when a refund is paid out. */
  revenue_commission: 4100,
  /** What channels keep for their service. Per merchant account. */
  channel_fees: 5001,
  /** Coupons and cashback that were given away. */
  promotion_expense: 5100,
  /** Given to members to make good what went wrong. */
  compensation_expense: 5110,
  /** Corrections of wallets by hand: what they took or gave has no other end in the books. */
  wallet_corrections: 5120,
  /** Payments that a channel took back and nobody made good. */
  chargeback_losses: 5200,
  /** Differences that a person wrote off while reconciling. */
  reconciliation_differences: 5300,
  /** Energy taken from the grid. */
  grid_intake: 7001,
  /** Metered in at a connector and not yet explained. Per connector. */
  connector_energy: 7100,
  energy_billed: 7200,
  energy_free: 7300,
  energy_loss: 7400,
} as const;
export type AccountKind = keyof typeof ACCOUNT;

/** Flags that an account of a kind is created with. `history` is for accounts whose statement somebody reads line by line. */
const ACCOUNT_FLAGS: Partial<Record<AccountKind, Partial<AccountFlags>>> = {
  member_wallet: { debitsMustNotExceedCredits: true, history: true },
  member_receivable: { history: true },
};

/** @param subject the UUID of the member or connector that the account is of; null for an account that an operator has once. */
export function accountId(kind: AccountKind, ledger: number, subject: string | null): bigint {
  return firstBits([kind, String(ledger), subject ?? '']);
}

/** The event that creates the account; creating it again is `exists`. */
export function accountSpec(kind: AccountKind, ledger: number, subject: string | null): AccountEvent {
  const flags = ACCOUNT_FLAGS[kind];
  const userData128 = subject === null ? 0n : BigInt(`0x${subject.replaceAll('-', '')}`);
  return { id: accountId(kind, ledger, subject), ledger, code: ACCOUNT[kind], userData128, ...(flags === undefined ? {} : { flags }) };
}

/** The same parts give the same id, so that a command that runs again books the same transfers. */
export function transferId(purpose: string, ...parts: readonly (string | number | bigint)[]): bigint {
  return firstBits(['transfer', purpose, ...parts.map(String)]);
}

/** The first 128 bits of SHA-256 over the parts, each with its length, so that ('ab','c') is not ('a','bc'). */
function firstBits(parts: readonly string[]): bigint {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}/`);
  return BigInt(`0x${hash.digest('hex').slice(0, 32)}`);
}
