import { MS_PER_MINUTE, type ConnectorId, type Instant, type SessionId } from '../../../kernel/index.ts';
import type { AnomalyRules } from '../domain/anomaly-rules.ts';
import { continues, type RegisterPoint } from '../domain/register-chain.ts';

/** An end (or a last reading) of a transaction that nobody knows: −1, 0, 2⁶³−1, another station's number. */
export type Orphan = { readonly sessionId: SessionId; readonly connectorId: ConnectorId | null; readonly at: Instant; readonly registerWh: bigint; readonly token: string | null };
/** A session of the same charge point that has no end of its own, the last it said, and when its connector began with another one. */
export type Claimant = {
  readonly sessionId: SessionId; readonly connectorId: ConnectorId | null; readonly maxPowerW: bigint; readonly token: string | null; readonly last: RegisterPoint; readonly until: Instant | null;
};

/** What a match rests on, or why there is none. */
export type OrphanVerdict =
  | { readonly kind: 'matched'; readonly orphan: Orphan; readonly drawnWh: bigint; readonly confidence: 'strong' | 'weak'; readonly because: readonly ('register_continues' | 'soon_after_last_word' | 'connector_named' | 'same_credential' | 'next_register_agrees')[] }
  | { readonly kind: 'none'; readonly why: 'no_orphan_fits' | 'several_orphans_fit' | 'several_sessions_fit' | 'next_register_contradicts' };
/** So soon after a session's last word nobody has ended it, unplugged, let another one begin and end that too. As long as the slowest stations wait between readings, and their timer late by seconds. */
export const SOON_MS = 15.5 * MS_PER_MINUTE;
type Rules = Pick<AnomalyRules, 'plausiblePowerPercent' | 'clockToleranceMs' | 'registerStepWh' | 'sessionDurationMaxMs'>;

/** Could this be the end of that session? By place, time, credential, register, and whom the connector served next; each of them can only exclude. */
export function fits(orphan: Orphan, { connectorId, maxPowerW, token, last, until }: Claimant, rules: Rules): boolean {
  if (orphan.connectorId !== null && orphan.connectorId !== connectorId) return false;
  if (orphan.token !== null && token !== null && orphan.token !== token) return false;
  if (until !== null && orphan.at > until) return false;
  if (orphan.at < last.at || orphan.at - last.at > rules.sessionDurationMaxMs) return false;
  return continues(last, { at: orphan.at, registerWh: orphan.registerWh }, maxPowerW, rules);
}

/**
 * Which orphan ends this session. Pure. Only where one orphan fits this session and no other session of the charge point fits that orphan: of two that
 * could be meant none is. The connector's next register must not lie below. The match is strong where the end comes soon after the session's last word, and the next register agrees
 * to a meter's step or the same card stopped at a named connector. Long after it none is: the session may have ended unheard and another one, whose start was lost, may be the one that ends here,
 * with a register just as true, and at a fleet's connector with the same card.
 * @param next the connector's next register after each orphan that fits, by the orphan's session.
 */
export function matchOrphan(session: Claimant, around: { readonly orphans: readonly Orphan[]; readonly rivals: readonly Claimant[]; readonly next: ReadonlyMap<SessionId, RegisterPoint> }, rules: Rules): OrphanVerdict {
  const fitting = around.orphans.filter((each) => each.sessionId !== session.sessionId && fits(each, session, rules));
  const [orphan, another] = fitting;
  if (orphan === undefined) return { kind: 'none', why: 'no_orphan_fits' };
  if (another !== undefined) return { kind: 'none', why: 'several_orphans_fit' };
  if (around.rivals.some((rival) => rival.sessionId !== session.sessionId && fits(orphan, rival, rules))) return { kind: 'none', why: 'several_sessions_fit' };
  const next = around.next.get(orphan.sessionId);
  if (next !== undefined && next.registerWh < orphan.registerWh) return { kind: 'none', why: 'next_register_contradicts' };
  const agrees = next !== undefined && next.registerWh - orphan.registerWh <= rules.registerStepWh;
  const sameToken = orphan.token !== null && orphan.token === session.token;
  const named = orphan.connectorId !== null;
  const soon = orphan.at - session.last.at <= SOON_MS;
  return {
    kind: 'matched', orphan, drawnWh: orphan.registerWh - session.last.registerWh, confidence: soon && (agrees || (sameToken && named)) ? 'strong' : 'weak',
    because: ['register_continues', ...(soon ? ['soon_after_last_word' as const] : []), ...(named ? ['connector_named' as const] : []), ...(sameToken ? ['same_credential' as const] : []), ...(agrees ? ['next_register_agrees' as const] : [])],
  };
}
