export { assignmentAt, assignmentsInForce, type TariffAssignment } from './domain/assignment.ts';
export { dayBands, type DayBand, type LocalDay } from './domain/day.ts';
export { explainLine } from './domain/explain.ts';
export { RATED_SPAN_MAX_MS, rate, type EnergyInterval, type RatedBill, type RatedLine, type RateInput, type RateRejection } from './domain/rate.ts';
export {
  formatRate, parseRate, PERIOD_KINDS, PERIODS_MAX, RATE_SCALE, tariffTerms,
  type OccupancyFee, type PeriodKind, type Tariff, type TariffPeriod, type TariffTerms, type TariffTermsRejection,
} from './domain/tariff.ts';
export { assignTariff, type AssignTariffRejection, type NewAssignment } from './commands/assign-tariff.ts';
export { createTariff, type CreateTariffRejection, type NewTariff } from './commands/create-tariff.ts';
export { tariffsFor, tariffsForAll, type TariffPlace } from './queries/tariffs-for.ts';
export { registerTariffRoutes, type TariffSurroundings } from './http/tariffs.ts';
export { listAssignments, listTariffs, loadTariff } from './queries/list-tariffs.ts';
