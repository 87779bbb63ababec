import { AssertionFault } from '../../kernel/index.ts';
import { sqlState } from '../../platform/database/index.ts';

/** A fault that this very input causes and will cause again, as opposed to one of the surroundings, which passes. */
export function isOwnFault(error: unknown): error is Error {
  if (error instanceof AssertionFault || error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError || error instanceof ReferenceError) return true;
  return error instanceof Error && /^(22|23|P0)/.test(sqlState(error) ?? '');
}
