import { generateBoulder } from './generate-boulder.ts';
import { generateDundee } from './generate-dundee.ts';

export const SESSION_TABLE_FLAVOURS = ['dundee', 'boulder'] as const;
export type SessionTableFlavour = (typeof SESSION_TABLE_FLAVOURS)[number];
export type GenerateOptions = {
  /** The same seed gives the same file, byte for byte. */
  readonly seed: number;
  readonly rows: number;
  readonly flavour: SessionTableFlavour;
};

export const GENERATED_ROWS_MAX = 200_000;

/**
 * A table of invented sessions in the form of a real town's export, with the flaws that were counted there in the same proportions;
 * from 200 rows on there is at least one of each kind. Read it with the mapping of the same name.
 */
export function generateSessionTable({ seed, rows, flavour }: GenerateOptions): string {
  if (!Number.isInteger(rows) || rows < 1 || rows > GENERATED_ROWS_MAX) throw new RangeError(`rows must be between 1 and ${GENERATED_ROWS_MAX}`);
  return flavour === 'dundee' ? generateDundee(seed, rows) : generateBoulder(seed, rows);
}
