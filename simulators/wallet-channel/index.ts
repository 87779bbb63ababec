export { startWalletChannel, type WalletChannel, type WalletChannelOptions } from './server.ts';
export type { Control, TradeRef } from './control.ts';
export { FAULTS, type FaultName, type FaultRates } from './faults.ts';
export type { MerchantKeys } from './keys.ts';
export type { NewMerchant } from './merchants.ts';
export type { TruthLine } from './truth.ts';
