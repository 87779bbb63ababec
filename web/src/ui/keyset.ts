import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { More } from './data-table.tsx';

export type PageOf<Row> = { readonly items: readonly Row[]; readonly nextCursor: string | null };
export type KeysetList<Row, P extends PageOf<Row> = PageOf<Row>> = {
  readonly rows: readonly Row[]; readonly firstPage: P | undefined; readonly more: More; readonly loading: boolean; readonly error: unknown;
  readonly refresh: () => void; readonly updatedAt: number;
};

/** A list read page by page along its key; the pages stay while the next one comes. */
export function useKeyset<Row, P extends PageOf<Row> = PageOf<Row>>(queryKey: readonly unknown[], load: (cursor: string | undefined) => Promise<P>, refreshMs?: number): KeysetList<Row, P> {
  const query = useInfiniteQuery<P, Error, InfiniteData<P, string | undefined>, readonly unknown[], string | undefined>({
    queryKey, queryFn: ({ pageParam }) => load(pageParam), initialPageParam: undefined, getNextPageParam: (page) => page.nextCursor ?? undefined,
    ...(refreshMs === undefined ? {} : { refetchInterval: refreshMs }),
  });
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const more = useMemo<More>(() => ({ hasMore: hasNextPage, loading: isFetchingNextPage, load: () => void fetchNextPage() }), [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return { rows, firstPage: data?.pages[0], more, loading: query.isPending, error: query.error, refresh: () => void query.refetch(), updatedAt: query.dataUpdatedAt };
}
