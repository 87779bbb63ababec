import { createHash } from 'node:crypto';
import { bytesToUuid } from '../../../kernel/index.ts';

/** As stations name themselves at their boot; empty where they say nothing. */
export type Make = { readonly maker: string; readonly model: string; readonly firmware: string };
export const UNKNOWN_MAKE: Make = { maker: '', model: '', firmware: '' };
const NAME_LENGTH_MAX = 200;

const clean = (text: string | null): string => (text ?? '').replaceAll('\u0000', '').trim().slice(0, NAME_LENGTH_MAX).toWellFormed();
export const makeOf = (boot: { readonly maker: string | null; readonly model: string | null; readonly firmware: string | null }): Make => ({ maker: clean(boot.maker), model: clean(boot.model), firmware: clean(boot.firmware) });
export const sameMake = (a: Make, b: Make): boolean => a.maker === b.maker && a.model === b.model && a.firmware === b.firmware;
/** The same names have the same id, so that counting from the beginning finds what is there. */
export const makeIdOf = ({ maker, model, firmware }: Make): string => bytesToUuid(createHash('sha256').update(JSON.stringify([maker, model, firmware])).digest().subarray(0, 16));
