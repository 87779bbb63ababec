/** Lets so many through at once for each name; the others wait their turn. */
export type Gates = { through<T>(name: string, work: () => Promise<T>): Promise<T> };

export function openGates(atOnceMax: number): Gates {
  const gates = new Map<string, { inside: number; readonly waiting: (() => void)[] }>();
  return {
    through: async (name, work) => {
      const gate = gates.get(name) ?? { inside: 0, waiting: [] };
      gates.set(name, gate);
      if (gate.inside >= atOnceMax) await new Promise<void>((resolve) => gate.waiting.push(resolve));
      else gate.inside++;
      try {
        return await work();
      } finally {
        // The place goes to the next in line; only with nobody waiting does it become free.
        const next = gate.waiting.shift();
        if (next !== undefined) next();
        else if (--gate.inside === 0) gates.delete(name);
      }
    },
  };
}
