export { CATALOGUE, isErrorCode, type CatalogueEntry, type ErrorCode } from './catalogue.ts';
export { orProblem, problem, Problem, problemBody, problemJson, type FieldError, type Language, type ProblemParts } from './problem.ts';
