import type { Catalogue } from '../catalogue.ts';

export const money = {
} as const satisfies Catalogue;
