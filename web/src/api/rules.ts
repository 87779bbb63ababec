import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type AnomalyRules = components['schemas']['AnomalyRules'];
export type Thresholds = components['schemas']['AnomalyThresholds'];
export type RuleName = keyof Thresholds;
export type RuleVersion = components['schemas']['AnomalyRuleSet'];
export type Backtest = components['schemas']['RulesBacktest'];
export type BacktestSummary = components['schemas']['RulesBacktestSummary'];
export type BacktestBill = components['schemas']['BacktestBill'];
export type BillChange = components['schemas']['BacktestBillChange'];
export const BILL_CHANGES: readonly BillChange[] = ['newly_flagged', 'no_longer_flagged', 'differs'];

/** Only what is to be different. */
export type ThresholdChanges = Readonly<Partial<Record<RuleName, string | number>>>;

export const loadRules = (): Promise<AnomalyRules> => unwrap(api.GET('/api/v1/anomaly-rules'));
export const publishRules = (body: { thresholds: ThresholdChanges; fromVersion: number; reason: string }): Promise<AnomalyRules> => unwrap(api.PUT('/api/v1/anomaly-rules', { body: { ...body, thresholds: { ...body.thresholds } as Record<string, never> } }));
/** Worked in the background; read it under its id. */
export const startBacktest = ({ thresholds, from, to }: { thresholds: ThresholdChanges; from: string | null; to: string | null }, key: string): Promise<Backtest> =>
  unwrap(api.POST('/api/v1/anomaly-rules/backtests', { params: keyed(key), body: { thresholds: { ...thresholds } as Record<string, never>, from, to } }));
export const loadBacktest = (backtestId: string): Promise<Backtest> => unwrap(api.GET('/api/v1/anomaly-rules/backtests/{backtestId}', { params: { path: { backtestId } } }));
export const loadBacktests = (cursor: string | undefined) => unwrap(api.GET('/api/v1/anomaly-rules/backtests', { params: { query: pageAt(cursor, 10) } }));
export type BacktestBillFilter = { readonly change?: BillChange; readonly cause?: BacktestBill['before']['causes'][number] };
export const loadBacktestBills = (backtestId: string, filter: BacktestBillFilter, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/anomaly-rules/backtests/{backtestId}/bills', { params: { path: { backtestId }, query: { ...filter, ...pageAt(cursor, 10) } } }));
