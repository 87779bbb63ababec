import { useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useLiveTopic } from '../app/live.tsx';
import type { KeysetList, PageOf } from './keyset.ts';

const PEEK_EVERY_MS = 2_000;

type Watch<Row, P extends PageOf<Row>> = { readonly queryKey: readonly unknown[]; readonly topics: readonly string[]; readonly list: KeysetList<Row, P>; readonly load: (cursor: string | undefined) => Promise<P>; readonly rowKey: (row: Row) => string };
export type News = { readonly count: number; readonly show: () => void };

/**
 * Live without jumping: when something changed, the first page is read aside. Rows that are shown already take their new values where they
 * stand; rows that are not are only counted, until the reader asks for them.
 */
export function useNews<Row, P extends PageOf<Row>>({ queryKey, topics, list, load, rowKey }: Watch<Row, P>): News {
  const queries = useQueryClient();
  const [count, setCount] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef({ load, rowKey, queryKey });
  latest.current = { load, rowKey, queryKey };
  const keyText = JSON.stringify(queryKey);
  useEffect(() => { setCount(0); return () => { clearTimeout(timer.current); timer.current = undefined; }; }, [keyText]);

  const peek = useCallback(async () => {
    timer.current = undefined;
    const now = latest.current;
    const fresh = await now.load(undefined).catch(() => null); // The live indicator tells when the server is away.
    if (!fresh) return;
    const byKey = new Map(fresh.items.map((row) => [now.rowKey(row), row]));
    const shown = queries.getQueryData<InfiniteData<P, string | undefined>>(now.queryKey);
    if (!shown) return;
    const known = new Set(shown.pages.flatMap((page) => page.items.map(now.rowKey)));
    setCount([...byKey.keys()].filter((key) => !known.has(key)).length);
    queries.setQueryData<InfiniteData<P, string | undefined>>(now.queryKey, {
      ...shown,
      pages: shown.pages.map((page, index) => ({ ...page, ...(index === 0 ? { ...fresh, nextCursor: page.nextCursor } : {}), items: page.items.map((row) => byKey.get(now.rowKey(row)) ?? row) })),
    });
  }, [queries]);

  useLiveTopic(useCallback((topic) => {
    if (topics.includes(topic)) timer.current ??= setTimeout(() => void peek(), PEEK_EVERY_MS);
  }, [topics, peek]));
  const { refresh } = list;
  return useMemo(() => ({ count, show: () => { setCount(0); refresh(); scrollTo({ top: 0 }); } }), [count, refresh]);
}
