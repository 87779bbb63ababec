import type { FundEntry, Merchant, Trade } from './types.ts';

/** Writes down every change, so that a simulator started again knows what it knew. */
export type Journal = { trade(trade: Trade): void; fund(merchant: Merchant, entry: FundEntry): void; merchant(line: unknown): void; close(): Promise<void> };

export const noJournal: Journal = { trade: () => undefined, fund: () => undefined, merchant: () => undefined, close: () => Promise.resolve() };
