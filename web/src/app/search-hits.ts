export type SearchHit = { readonly to: string; readonly kind: string; readonly name: string; readonly note: string };
export function useSearchHits(_text: string): { readonly hits: readonly SearchHit[]; readonly loading: boolean } { return { hits: [], loading: false }; }
