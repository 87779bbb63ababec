import { createHash } from 'node:crypto';
import { wattHours, type CorrectionId, type MemberId, type Result, type SessionId, type WattHours } from '../../../kernel/index.ts';
import type { RatedBill, RatedLine, RateRejection } from '../../tariffs/index.ts';
import type { DerivedSession } from './derive.ts';
import { flag, isHeld, NEVER_SETTLED_FIRST, sortFlags, type Flag } from './flag.ts';
import type { ChargingPolicy } from './policy.ts';
import type { Session } from './session.ts';

export type BillDraft = {
  readonly state: 'settled' | 'held';
  readonly memberId: MemberId | null;
  /** Charged; 0 on a held bill. */
  readonly energyWh: WattHours;
  readonly electricityMinor: bigint;
  readonly serviceMinor: bigint;
  readonly occupancyMinor: bigint;
  readonly totalMinor: bigint;
  /** What a held bill would charge if its evidence were accepted; null on a settled one. */
  readonly proposal: { readonly energyWh: WattHours; readonly totalMinor: bigint } | null;
  /** Of the charge, or of the proposal where the bill is held. */
  readonly lines: readonly RatedLine[];
  readonly flags: readonly Flag[];
  /** The correction that this bill follows; null where it follows from its evidence. */
  readonly correctionId: CorrectionId | null;
  /** Equal for equal bills: a re-derivation that changes nothing is recognised by it. */
  readonly digest: string;
};
export type Overlap = { readonly sessionId: SessionId; readonly overlapMs: number };

/** The bill that follows from a derived session. Pure. */
export function draftBill(of: {
  readonly session: Pick<Session, 'memberId' | 'tokenStatus' | 'connectorId'>;
  readonly derived: DerivedSession;
  readonly rated: Result<RatedBill, RateRejection>;
  readonly overlaps: readonly Overlap[];
  readonly policy: Pick<ChargingPolicy, 'abnormalBills'>;
}): BillDraft {
  const { session, derived, rated, policy } = of;
  const flags = sortFlags([...derived.flags, ...billFlags(of)]);
  const price = rated.ok ? rated.value : null;
  const held = isHeld(flags) && (policy.abnormalBills === 'hold' || price === null || flags.some(({ cause }) => NEVER_SETTLED_FIRST.has(cause)));
  const charged = held ? null : price;
  const draft = {
    state: held ? 'held' as const : 'settled' as const, memberId: session.memberId,
    energyWh: held ? wattHours(0n) : derived.energyWh,
    electricityMinor: charged?.electricityMinor ?? 0n, serviceMinor: charged?.serviceMinor ?? 0n, occupancyMinor: charged?.occupancyMinor ?? 0n,
    totalMinor: charged?.totalMinor ?? 0n, proposal: held ? { energyWh: derived.energyWh, totalMinor: price?.totalMinor ?? 0n } : null,
    lines: price?.lines ?? [], flags,
  };
  return { ...draft, correctionId: null, digest: digestOf({ ...draft, startedAt: derived.startedAt, endedAt: derived.endedAt }) };
}

function billFlags({ session, derived, rated, overlaps }: Parameters<typeof draftBill>[0]): Flag[] {
  const flags: Flag[] = [];
  if (derived.energyWh > 0n && (session.memberId === null || session.tokenStatus === 'frozen')) flags.push(flag('charged_without_authorisation', { credential: session.tokenStatus }));
  if (derived.energyWh > 0n && session.connectorId === null) flags.push(flag('connector_unknown'));
  if (!rated.ok) flags.push(rated.error.code === 'tariff_missing' ? flag('tariff_missing') : flag('rating_refused', { refusal: rated.error.code }));
  for (const { sessionId, overlapMs } of derived.energyWh > 0n ? overlaps : []) flags.push(flag('overlaps_another_session', { sessionId, overlapMs }));
  return flags;
}

export const digestOf = (value: object): string =>
  createHash('sha256').update(JSON.stringify(value, (_name, field: unknown) => (typeof field === 'bigint' ? String(field) : field))).digest('hex').slice(0, 32);
