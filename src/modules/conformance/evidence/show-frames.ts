import { createHmac } from 'node:crypto';
import { toIso, type ChargePointId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { loadChargePoints } from '../../locations/index.ts';
import { framesOf, isStandardWord, parseLenientJson, type Frame } from '../../ocpp-gateway/index.ts';
import { BLOTTED, maskDetail, maskFrame, type Protocol, type Pseudonym } from '../domain/mask.ts';

const OCPP: Protocol = { parse: parseLenientJson, isStandardWord };

/** Under one key a card always has the same pseudonym; without the key nobody finds the card. */
export const pseudonymBy = (key: Buffer): Pseudonym => (card) => `card-${createHmac('sha256', key).update(card.toLowerCase()).digest('hex').slice(0, 10)}`;

export type ShownFrame = { readonly sequence: string; readonly receivedAt: string; readonly chargePoint: string; readonly connection: string; readonly direction: 'in' | 'out'; readonly protocol: string; readonly frame: string; readonly reply: string | null; readonly violation: string | null };

export function showFrame(frame: Frame, identity: string, pseudonym: Pseudonym = BLOTTED): ShownFrame {
  return {
    sequence: String(frame.sequence), receivedAt: toIso(frame.receivedAt), chargePoint: identity, connection: String(frame.connectionGeneration), direction: frame.direction, protocol: frame.protocol, frame: maskFrame(frame.payload, OCPP, pseudonym),
    reply: frame.reply === null ? null : maskFrame(`[3,"reply",${frame.reply}]`, OCPP, pseudonym), violation: frame.violation === null ? null : maskDetail(frame.violation),
  };
}

/** Frames by sequence, masked; those that are kept no more are missing. */
export async function shownFrames(tx: Tx, sequences: readonly bigint[], pseudonym: Pseudonym = BLOTTED): Promise<Map<bigint, ShownFrame>> {
  const frames = await framesOf(tx, sequences), identities = await identitiesOf(tx, frames.map(({ chargePointId }) => chargePointId));
  return new Map(frames.map((frame) => [frame.sequence, showFrame(frame, identities.get(frame.chargePointId) ?? '', pseudonym)]));
}

export async function identitiesOf(tx: Tx, ids: readonly ChargePointId[]): Promise<Map<ChargePointId, string>> {
  return new Map([...(await loadChargePoints(tx, [...new Set(ids)])).values()].map(({ chargePointId, identity }) => [chargePointId, identity]));
}
