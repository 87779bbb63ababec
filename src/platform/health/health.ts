/** One thing that has to work for the program to serve. */
export type Probe = { readonly name: string; readonly check: () => Promise<void> };
export type ProbeResult = { readonly name: string; readonly ok: boolean; readonly detail?: string };

export const PROBE_MS_MAX = 2_000;

/** Runs all probes at once; one that does not answer within `PROBE_MS_MAX` has failed. */
export async function runProbes(probes: readonly Probe[]): Promise<{ readonly ok: boolean; readonly results: readonly ProbeResult[] }> {
  const results = await Promise.all(probes.map(async ({ name, check }): Promise<ProbeResult> => {
    let timer: NodeJS.Timeout | undefined;
    try {
      await Promise.race([check(), new Promise((_, reject) => { timer = setTimeout(reject, PROBE_MS_MAX, new Error(`no answer within ${PROBE_MS_MAX} ms`)); })]);
      return { name, ok: true };
    } catch (error) {
      return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
    }
  }));
  return { ok: results.every((result) => result.ok), results };
}
