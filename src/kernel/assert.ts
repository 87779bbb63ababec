/** A broken assumption of the programmer's, never of the user's: it is a bug wherever it is thrown. */
export class AssertionFault extends Error {
  override readonly name = 'AssertionFault';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFault(message);
}

/** The end of a `switch` over a closed union: does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw new AssertionFault(`unreachable: ${String(value)}`);
}
