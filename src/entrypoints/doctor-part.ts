/** good: nothing to do; look: works, but somebody should act; bad: does not work; off: not in use. */
export type Part = { readonly part: string; readonly state: 'good' | 'look' | 'bad' | 'off'; readonly found: string; readonly todo?: string };
