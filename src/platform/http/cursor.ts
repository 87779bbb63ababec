import { Type, type Static, type TSchema } from 'typebox';
import { problem } from '../errors/index.ts';
import { CURSOR_LENGTH_MAX, PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX } from './limits.ts';

/** `?limit=&cursor=` of every list. Spread it into a route's query schema: `Type.Object({ ...pageQuery, status: … })`. */
export const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: PAGE_ITEMS_MAX, default: PAGE_ITEMS_DEFAULT, description: 'Items on this page.' }),
  cursor: Type.Optional(Type.String({ maxLength: CURSOR_LENGTH_MAX, description: 'nextCursor of the page before; opaque.' })),
};
export const PageQuery = Type.Object(pageQuery);

/** The answer of every list; `nextCursor` is null on the last page. */
export const Page = <T extends TSchema>(item: T) => Type.Object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) });

/** The sort key of the last row on a page. Not signed: it only says where to go on, and what may be seen is decided anew each time. */
export type Keyset = readonly (string | number)[];
export const encodeCursor = (keyset: Keyset): string => Buffer.from(JSON.stringify(keyset)).toString('base64url');

/**
 * The keyset of a cursor, or null for the first page.
 * @throws Problem `cursor_invalid` unless it has exactly these parts.
 */
export function decodeCursor<const K extends readonly ('string' | 'number' | 'uuid')[]>(
  cursor: string | undefined, parts: K,
): { readonly [I in keyof K]: K[I] extends 'number' ? number : string } | null {
  if (cursor === undefined) return null;
  let keyset: unknown;
  try {
    keyset = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw problem('cursor_invalid');
  }
  const fits = Array.isArray(keyset) && keyset.length === parts.length && keyset.every((value, index) => isPart(value, parts[index]!));
  if (!fits) throw problem('cursor_invalid');
  return keyset as never;
}

function isPart(value: unknown, part: 'string' | 'number' | 'uuid'): boolean {
  if (part === 'number') return typeof value === 'number' && Number.isSafeInteger(value);
  return typeof value === 'string' && (part === 'string' || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value));
}

/** A page from rows that were read with `limit + 1`, so that the last page is known as such. */
export function toPage<T, J>(rows: readonly T[], limit: number, item: (row: T) => J, keyset: (row: T) => Keyset): { items: J[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(item), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyset(last)) : null };
}

export type PageQuery = Static<typeof PageQuery>;
