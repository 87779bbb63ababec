import type { CurrencyCode, Instant, OperatorId } from '../../../kernel/index.ts';

/** The tenant: everything else belongs to one. */
export type Operator = {
  readonly operatorId: OperatorId;
  readonly code: string;
  readonly name: string;
  readonly currency: CurrencyCode;
  /** IANA name; reports and tariffs of stations without a zone of their own use it. */
  readonly timeZone: string;
  readonly createdAt: Instant;
};

export const OPERATOR_CODE = /^[a-z0-9][a-z0-9-]{1,30}$/;

/** @returns whether the runtime's time zone database knows the name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
