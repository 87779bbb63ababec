import type { ChargePointId, Clock, MemberId } from '../../../kernel/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { findMemberByToken, type CredentialKind } from '../../parties/index.ts';
import type { StartDecision, StartMode, TokenStatus } from '../domain/session.ts';
import { maskOfStated } from '../domain/token.ts';
import { countOpenSessions } from '../store/sessions.ts';
import { startWorking, type Working } from './working.ts';

export type Identified = {
  readonly memberId: MemberId | null; readonly credentialId: string | null; readonly tokenMask: string | null; readonly tokenStatus: TokenStatus;
  readonly startMode: StartMode; readonly decision: StartDecision;
};
const MODE_OF_CREDENTIAL: Record<CredentialKind, StartMode> = { rfid: 'card', app: 'app', vin: 'vin', station_password: 'station_password' };
const NOBODY = { memberId: null, credentialId: null, startMode: 'unknown' } as const;

/** Who presented this credential and whether a charge may start on it, money aside. A start without any credential is let through, and its bill is held. */
export async function identify({ tx, policy }: Working, idToken: string | null): Promise<Identified> {
  const tokenMask = maskOfStated(idToken);
  if (idToken === null || idToken.trim() === '') return { ...NOBODY, tokenMask: null, tokenStatus: 'none', decision: 'accepted' };
  const found = await findMemberByToken(tx, idToken);
  if (!found) return { ...NOBODY, tokenMask, tokenStatus: 'unknown', decision: 'invalid' };
  const known = { memberId: found.memberId, credentialId: found.credentialId, tokenMask, startMode: MODE_OF_CREDENTIAL[found.kind] };
  if (found.status === 'frozen') return { ...known, tokenStatus: 'frozen', decision: 'blocked' };
  const { sessionsPerMemberMax } = await policy();
  const crowded = sessionsPerMemberMax !== null && (await countOpenSessions(tx, found.memberId)) >= sessionsPerMemberMax;
  return { ...known, tokenStatus: 'active', decision: crowded ? 'concurrent_tx' : 'accepted' };
}

/** The answer to Authorize (OCPP 1.6 §4.2, 2.0.1 C01): who may start. Money is looked at when a charge starts, since only then is it held. */
export function authorize(database: OperatorDatabase, question: { readonly chargePointId: ChargePointId; readonly idToken: string }, { clock }: { clock: Clock }): Promise<StartDecision> {
  return database.transaction(async (tx) => (await identify(startWorking(tx, clock), question.idToken)).decision);
}
