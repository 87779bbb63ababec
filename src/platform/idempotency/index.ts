export { claimKey, commandIdOf, IDEMPOTENCY_KEPT_MS, isIdempotencyKey, lookUpKey, requestHash, saveResponse, type KeyedRequest, type KeyState, type SavedResponse } from './idempotency.ts';
