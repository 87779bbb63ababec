declare const unit: unique symbol;
/** A primitive that knows what it counts: `5n` is not energy, and `a + b` of two energies loses the brand. */
export type Branded<T, U extends string> = T & { readonly [unit]: U };
