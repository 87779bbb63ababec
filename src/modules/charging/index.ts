/** The door of `charging`: from what charge points say to sessions, bills and the ledger. */
export type {
  Booted, ChargePointFact, FactKind, FactOf, FactOrigin, RegisterRead, SessionEnded, SessionStarted, StatusReported,
} from './domain/fact.ts';
export { derive, type Closure, type DerivedReading, type DerivedSession, type EnergyDrawn, type SessionContext } from './domain/derive.ts';
export { FLAG_CAUSES, type Flag, type FlagCause, type FlagCode, type FlagData, type FlagEffect } from './domain/flag.ts';
export {
  changedRules, DEFAULT_RULE_SET, DEFAULT_RULES, DEFAULT_RULES_VERSION, parseRules, RULE_LIMITS, RULE_NAMES, storedRules,
  type AnomalyRules, type RuleName, type RuleSet, type RulesRejection, type StoredRules,
} from './domain/anomaly-rules.ts';
export {
  energyBounds, ENERGY_SOURCES, proposeRepair, type Confidence, type CurvePoint, type EnergyBounds, type EnergyCandidate, type EnergySource, type Evidence,
  type RepairInput, type RepairProposal,
} from './domain/repair-proposal.ts';
export { defaultPolicy, type ChargingPolicy } from './domain/policy.ts';
export { START_MODES, type StartDecision, type StartMode } from './domain/session.ts';
export { CHARGING_TRANSFER } from './domain/transfer-code.ts';
export { authorize } from './commands/identify.ts';
export { decidedStarts, startTransaction, type StartedTransaction, type StartOptions } from './commands/start-transaction.ts';
export { recordStartIntent, type StartIntent } from './store/starts.ts';
export { applyFacts, FACTS_PER_APPLY_MAX } from './commands/apply-facts.ts';
export { askSilentSessions, askSilentSessionsJob, SILENCE_ACTOR, STATUS_QUESTIONS_PER_CALL_MAX, STATUS_QUESTIONS_PER_SESSION_MAX, type AskOptions } from './commands/ask-silent-sessions.ts';
export type { StatusAnswer } from './store/status-questions.ts';
export { OPERATORS_PER_SWEEP_MAX, SILENCE_EXTENDED_MS_MAX, sweepAllSilentSessions, sweepSilentSessions, SWEEP_SESSIONS_MAX } from './commands/sweep-silent-sessions.ts';
export { loadPolicy, setPolicy } from './store/policy.ts';
export { listRuleSets, loadRules, type StoredRuleSet } from './store/rules.ts';
export { backtest, judgeBill, type BacktestBill, type BacktestResult, type BacktestSample, type CauseChange } from './domain/backtest.ts';
export { backtestPicture } from './domain/backtest-picture.ts';
export { runBacktest, type BacktestProgress, type BacktestRange, type BacktestRun } from './queries/backtest.ts';
export { backtestRulesJob, requestBacktest, resultToStored, workBacktest, type BacktestRejection, type BacktestRequest } from './commands/backtest-rules.ts';
export { changeRules, RULES_REASON_LENGTH_MAX, type RulesChange, type RulesChangeRejection } from './commands/change-rules.ts';
export { SESSION_OUTCOMES_PAGE_MAX, sessionOutcomes, type SessionOutcome } from './queries/outcomes.ts';
export { auditCharging, unexplainedEnergy, type ChargingAuditCheck, type ConnectorEnergy } from './queries/audit.ts';
export { explainConnector } from './queries/unexplained.ts';
export type { UnexplainedReason, UnexplainedStretch } from './domain/unexplained.ts';
export { registerChargingRoutes } from './http/sessions.ts';
export { rederiveSessions } from './commands/rederive-sessions.ts';
export { powerCurve, type PowerCurve } from './queries/power.ts';
export { chargingOverview, type Overview } from './queries/overview.ts';
export { loadSessionStory, type BillVersion, type SessionStory } from './queries/session-detail.ts';
export { listSessions, sumSessions, type SessionFilter, type SessionRow, type SessionSums } from './queries/sessions.ts';
export { evidenceDigestOf, type Correction, type CorrectionThreshold } from './domain/correction.ts';
export { correctBill, type CorrectBill, type CorrectedBill, type CorrectionRejection } from './commands/correct-bill.ts';
export { revertCorrection, type RevertCorrection, type RevertRejection } from './commands/revert-correction.ts';
export { proposeCorrections, PROPOSALS_MAX, type CorrectionProposal, type PricedCandidate } from './commands/propose-corrections.ts';
export { type BillFigures, type CorrectionPolicy, type CorrectionRow } from './store/corrections.ts';
export { billIdsForReport, BILLS_PER_REPORT_LOAD_MAX, billsForReport, billsInDoubt, countBills, type BillForReport, type OpenBill } from './queries/bills-for-report.ts';
export { billStandings, heldSessions, STANDINGS_MAX, type BillStanding } from './queries/standing.ts';
export { changeCorrectionPolicy, type CorrectionPolicyRejection } from './commands/change-correction-policy.ts';
export { guardBalances, BALANCE_GUARD_ACTOR, type GuardOptions } from './guard/guard-balances.ts';
export { guardBalancesJob } from './guard/guard-job.ts';
export { registerChargingPolicyRoutes } from './http/policy.ts';
export { NUMBERS_MAX, sessionsByNumber, type NumberedSession } from './queries/by-number.ts';
export { SESSIONS_TO_JUDGE_MAX, sessionsToJudge, sessionFrames, type SessionToJudge } from './queries/sessions-to-judge.ts';
