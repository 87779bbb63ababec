import type { Catalogue } from '../catalogue.ts';

export const control = {
} as const satisfies Catalogue;
