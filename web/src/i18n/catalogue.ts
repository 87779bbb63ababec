/** Every text in both languages side by side: `[English, 中文]`. A key without one of them does not compile. */
export type Catalogue = Readonly<Record<string, readonly [en: string, zh: string]>>;
