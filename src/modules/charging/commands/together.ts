/**
 * Waits for statements that do not need each other's answers and so travel together. Unlike `Promise.all` it also waits for the others
 * when one fails: none may still be on its way when the transaction is rolled back and its connection given to somebody else.
 */
export async function together<T extends readonly unknown[]>(work: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const settled = await Promise.allSettled(work);
  for (const each of settled) if (each.status === 'rejected') throw each.reason;
  return settled.map((each) => (each as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
