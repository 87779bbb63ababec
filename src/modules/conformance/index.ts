/** The door of `conformance`: how charge points keep to the protocol, by maker, model and firmware, and the evidence of it. */
export { conformanceSubscriber, countAll, countConformanceJob, countOnce } from './commands/count.ts';
