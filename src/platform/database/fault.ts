import { AssertionFault } from '../../kernel/index.ts';
import { sqlState } from './connect.ts';

/**
 * A fault that this very input causes and will cause again (a broken assumption, a value that the database refuses), as opposed to
 * one of the surroundings (connection, resources, a missing column), which passes or is repaired.
 */
export function isProgramFault(error: unknown): error is Error {
  if (error instanceof AssertionFault || error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError || error instanceof ReferenceError) return true;
  // 22 data exception, 23 constraint, P0 raised by a procedure.
  return error instanceof Error && /^(22|23|P0)/.test(sqlState(error) ?? '');
}
