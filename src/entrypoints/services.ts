import type { Role, ServiceContext } from './start.ts';

/** A part that serves; `close` stops accepting, lets what is under way finish within its own limit, and resolves. */
export type RunningService = { readonly announces: readonly string[]; close(): Promise<void> };

const nothing: RunningService = { announces: [], close: () => Promise.resolve() };

/** How each role is started. */
export const SERVICES: Readonly<Record<Role, (context: ServiceContext) => Promise<RunningService>>> = {
  worker: () => Promise.resolve(nothing),
  api: () => Promise.resolve(nothing),
  gateway: () => Promise.resolve(nothing),
};
