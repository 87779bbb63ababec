import { createHash } from 'node:crypto';
import { DIMENSIONS, type Dimension } from './dimension.ts';
import { figuresToJson, type Figures } from './measures.ts';
import type { Day } from './period.ts';

export type Keyed = { readonly key: string; readonly figures: Figures };

/**
 * The SHA-256 of every figure of a published period: a line each, in the order of dimensions and keys, with decimal strings in the order of the measures. Whoever has the rows can do it again.
 */
export function hashFigures(of: { readonly firstOn: Day; readonly lastOn: Day; readonly currency: string; readonly total: Figures; readonly byDimension: ReadonlyMap<Dimension, readonly Keyed[]> }): string {
  const hash = createHash('sha256').update(`${of.firstOn} ${of.lastOn} ${of.currency}\n`);
  const line = (dimension: string, { key, figures }: Keyed): void => void hash.update(`${dimension} ${key} ${Object.values(figuresToJson(figures)).join(' ')}\n`);
  line('total', { key: '', figures: of.total });
  for (const dimension of DIMENSIONS) for (const each of of.byDimension.get(dimension) ?? []) line(dimension, each);
  return hash.digest('hex');
}
