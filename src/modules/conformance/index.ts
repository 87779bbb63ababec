/** The door of `conformance`: how charge points keep to the protocol, by maker, model and firmware, and the evidence of it. */
export { conformanceSubscriber, countAll, countConformanceJob, countOnce } from './commands/count.ts';
export { requestPack, writeEvidenceJob, writePacks, type PackRejection, type RequestPack } from './evidence/write-packs.ts';
export { registerMakeRoutes, type MakeRouteOptions } from './http/makes.ts';
export { auditConformance } from './queries/audit.ts';
export { listMakes, makeDetail, type MakeDetail, type MakeFilter, type MakeScore } from './queries/makes.ts';
export { scoreOf, type Score } from './domain/score.ts';
