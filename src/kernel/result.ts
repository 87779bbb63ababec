/** A refusal is a value: `code` is snake_case, stable and never reused. */
export type Rejection = { readonly code: string };

export type Result<T, E extends Rejection> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const refuse = <E extends Rejection>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });
