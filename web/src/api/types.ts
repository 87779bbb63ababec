/** Shapes that several pages share. */
export type Money = { readonly amountMinor: string; readonly currency: string };
