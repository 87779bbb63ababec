import type { Catalogue } from '../catalogue.ts';

export const charging = {
} as const satisfies Catalogue;
