import { readFile } from 'node:fs/promises';

/** Shares of the last ten seconds in which some, or all, work waited for the disk, in percent. */
export type DiskPressure = { readonly somePercent: number; readonly fullPercent: number };
const IO_PRESSURE = '/proc/pressure/io';

/** Linux' own account of waiting for the disk (PSI). @returns null where the system keeps none, or not for this process. */
export async function readDiskPressure(path: string = IO_PRESSURE): Promise<DiskPressure | null> {
  try {
    return parsePressure(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
}

export function parsePressure(text: string): DiskPressure | null {
  const share = (line: string): number | null => {
    const found = new RegExp(`^${line} avg10=(\\d+(?:\\.\\d+)?)`, 'm').exec(text)?.[1];
    return found === undefined ? null : Math.min(100, Number(found));
  };
  const some = share('some');
  return some === null ? null : { somePercent: some, fullPercent: share('full') ?? 0 };
}
