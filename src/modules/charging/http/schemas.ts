import { Type, type Static, type TSchema } from 'typebox';
import { money, type ChargePointId, type CurrencyCode, type MemberId, type StationId } from '../../../kernel/index.ts';
import { CurrencyJson, IdJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull, WattHoursJson, wattHoursToJson } from '../../../platform/http/index.ts';
import { ACCOUNT, type AccountKind } from '../../ledger/index.ts';
import { explainLine, formatRate, PERIOD_KINDS } from '../../tariffs/index.ts';
import { FLAG_CAUSES, type Flag, type FlagCause } from '../domain/flag.ts';
import { POSTING_PURPOSES } from '../domain/posting.ts';
import { START_MODES } from '../domain/session.ts';
import { ENERGY_SOURCES } from '../domain/repair-proposal.ts';
import { CORRECTION_CHANGES } from '../queries/correction-story.ts';
import type { Overview } from '../queries/overview.ts';
import type { TracedPosting } from '../queries/postings.ts';
import type { BillVersion, PrintedLine, ReadingPoint, SessionStory } from '../queries/session-detail.ts';
import type { SessionRow } from '../queries/sessions.ts';

const Integer = Type.Integer();
const Text = Type.String();
const causes = Object.keys(FLAG_CAUSES) as FlagCause[];
export const Cause = Type.Enum(causes, { title: 'FlagCause', description: 'See docs/reference/abnormal-bills.md.' });
const named = <T extends TSchema>(schema: T) => schema;

export const FlagJson = Type.Object({
  code: NullOr(Type.Integer({ description: "The field's table of abnormal bills: 1–9, 11." })), cause: Cause, effect: Type.Enum(['hold', 'note']),
  data: Type.Record(Type.String(), Type.Unknown(), { description: 'The evidence. Energy in Wh as decimal strings, instants in milliseconds since 1970.' }),
}, { title: 'Flag' });

export const SessionJson = Type.Object({
  sessionId: IdJson('chg'), chargePointId: IdJson('cp'), chargePointIdentity: Text, evseNumber: NullOr(Integer), stationId: IdJson('sta'), stationName: Text,
  timeZone: Text, transactionRef: Text, memberId: NullOr(IdJson('mem')), memberName: NullOr(Text), tokenMask: NullOr(Text),
  startMode: Type.Enum([...START_MODES], { title: 'StartMode' }), decision: Type.Enum(['accepted', 'blocked', 'invalid', 'concurrent_tx']), state: Type.Enum(['active', 'ended']),
  held: Type.Boolean(), flagCauses: Type.Array(Cause), startedAt: InstantJson, endedAt: NullOr(InstantJson), energyWh: WattHoursJson, powerW: NullOr(Text),
  socPercent: NullOr(Type.Number()), total: NullOr(MoneyJson), billVersion: Integer,
}, { title: 'ChargingSession' });
const LineJson = Type.Object({
  charged: Type.Boolean(), kind: Type.Enum(['electricity', 'service', 'occupancy']), periodKind: NullOr(Type.Enum([...PERIOD_KINDS])), tariffId: IdJson('tar'), from: InstantJson, to: InstantJson,
  energyWh: NullOr(WattHoursJson), minutes: NullOr(Integer), rate: Text, amountMinor: Text, arithmetic: Type.String({ examples: ['5.001 kWh × 0.3000 = 1.50'] }),
}, { title: 'BillLine' });
const AccountJson = Type.Object({
  accountId: Text, kind: NullOr(Type.Enum(Object.keys(ACCOUNT) as AccountKind[], { title: 'AccountKind', description: 'See docs/reference/ledger.md.' })),
}, { title: 'PostedAccount' });
const PostingJson = Type.Object({
  transferId: Text, purpose: Type.Enum([...POSTING_PURPOSES], { title: 'PostingPurpose' }), asset: Type.Enum(['money', 'energy']), amount: NullOr(MoneyJson), energyWh: NullOr(WattHoursJson),
  debit: AccountJson, credit: AccountJson, reverses: NullOr(Type.String({ description: 'The transfer of an earlier version that this one undoes.' })),
}, { title: 'BillPosting', description: 'One transfer in the ledger: `amount` of money or `energyWh` of energy goes from the debited to the credited account. A voided hold moves nothing.' });
const CorrectionJson = Type.Object({
  correctionId: IdJson('cor'), change: Type.Enum([...CORRECTION_CHANGES], { title: 'CorrectionChange' }), source: NullOr(Type.Enum([...ENERGY_SOURCES])), decidedBy: Type.Enum(['policy', 'person']), reason: Text,
  why: NullOr(Type.Object({ key: Text, data: Type.Record(Text, Type.Unknown()) })), recordedAt: InstantJson, oldEnergyWh: WattHoursJson, newEnergyWh: WattHoursJson, oldTotal: MoneyJson, newTotal: MoneyJson,
}, { title: 'BillCorrection', description: 'What a decision changed against the version before, and why: written for the member.' });
export const BillJson = Type.Object({
  billId: IdJson('bill'), version: Integer, reason: Type.Enum(['ended', 'closed_by_evidence', 'late_facts', 'rederived', 'corrected', 'correction_reverted']), state: Type.Enum(['settled', 'held']), energyWh: WattHoursJson, total: MoneyJson,
  proposedEnergyWh: NullOr(WattHoursJson), proposedTotal: NullOr(MoneyJson), fromCoupon: MoneyJson, fromHold: MoneyJson, fromWallet: MoneyJson, receivable: MoneyJson,
  flags: Type.Array(FlagJson), lines: Type.Array(LineJson), postings: Type.Array(PostingJson), recordedAt: InstantJson, correction: NullOr(CorrectionJson),
}, { title: 'ChargingBill', description: 'One version, which never changes. While it is held nothing is charged and its lines are a proposal.' });
const ReadingJson = Type.Object({
  at: InstantJson, registerWh: NullOr(WattHoursJson), powerW: NullOr(Text), role: Type.Enum(['start', 'read', 'end']), counted: Type.Boolean(), energyWh: NullOr(WattHoursJson),
}, { title: 'RegisterReading' });
export const SessionDetailJson = Type.Object({
  ...SessionJson.properties, startActor: NullOr(Text), startDevice: NullOr(Text), startIp: NullOr(Text), stopReason: NullOr(Text), offline: Type.Boolean(),
  hold: NullOr(Type.Object({ amount: MoneyJson, state: Type.Enum(['held', 'posted', 'voided']) })), readings: Type.Array(ReadingJson), flags: Type.Array(FlagJson),
  bill: NullOr(named(BillJson)), versions: Type.Array(BillJson), frameSequences: Type.Array(Text),
}, { title: 'ChargingSessionDetail' });
export const SumsJson = Type.Object({ count: Integer, active: Integer, held: Integer, energyWh: WattHoursJson, total: MoneyJson });
export const OverviewJson = Type.Object({
  currency: CurrencyJson, livePowerW: Text, activeSessions: Integer, dayStartedAt: InstantJson,
  today: Type.Object({ bills: Integer, energyWh: WattHoursJson, total: MoneyJson }),
  held: Type.Object({ bills: Integer, proposedEnergyWh: WattHoursJson, proposedTotal: MoneyJson, oldestEndedAt: NullOr(InstantJson) }),
  causes: Type.Array(Type.Object({ cause: Cause, bills: Integer })),
  hours: Type.Array(Type.Object({ from: InstantJson, bills: Integer, energyWh: WattHoursJson, total: MoneyJson })),
}, { title: 'ChargingOverview' });

/** What the other modules call what a session names by id. */
export type Names = {
  readonly chargePoints: ReadonlyMap<ChargePointId, { readonly identity: string; readonly stationName: string; readonly stationId: StationId }>;
  readonly members: ReadonlyMap<MemberId, string | null>;
};

export function sessionToJson(row: SessionRow, names: Names): Static<typeof SessionJson> {
  const point = names.chargePoints.get(row.chargePointId);
  return {
    sessionId: idToJson('chg', row.sessionId), chargePointId: idToJson('cp', row.chargePointId), chargePointIdentity: point?.identity ?? '', evseNumber: row.evseNumber,
    stationId: idToJson('sta', row.stationId), stationName: point?.stationName ?? '', timeZone: row.timeZone, transactionRef: row.transactionRef,
    memberId: orNull(row.memberId, (id) => idToJson('mem', id)), memberName: row.memberId === null ? null : names.members.get(row.memberId) ?? null, tokenMask: row.tokenMask,
    startMode: row.startMode, decision: row.decision, state: row.state, held: row.held, flagCauses: [...row.flagCauses], startedAt: instantToJson(row.startedAt),
    endedAt: orNull(row.endedAt, instantToJson), energyWh: wattHoursToJson(row.energyWh), powerW: orNull(row.powerW, String), socPercent: row.socPercent,
    total: row.totalMinor === null || row.currency === null ? null : moneyToJson(money(row.totalMinor, row.currency)), billVersion: row.billVersion,
  };
}

export function storyToJson(story: SessionStory, names: Names, currency: CurrencyCode): Static<typeof SessionDetailJson> {
  const versions = story.versions.map(billToJson);
  return {
    ...sessionToJson(story, names), startActor: story.startActor, startDevice: story.startDevice, startIp: story.startIp, stopReason: story.stopReason, offline: story.offline,
    hold: story.holdState === 'none' ? null : { amount: moneyToJson(money(story.holdMinor, currency)), state: story.holdState }, readings: story.readings.map(readingToJson),
    flags: story.flags.map(flagToJson), bill: versions[0] ?? null, versions, frameSequences: story.frameSequences.map(String),
  };
}

const flagToJson = (flag: Flag): Static<typeof FlagJson> => ({ code: flag.code, cause: flag.cause, effect: flag.effect, data: { ...flag.data } });

export function billToJson(bill: BillVersion): Static<typeof BillJson> {
  const amount = (minor: bigint) => moneyToJson(money(minor, bill.currency));
  return {
    billId: idToJson('bill', bill.billId), version: bill.version, reason: bill.reason, state: bill.state, energyWh: wattHoursToJson(bill.energyWh), total: amount(bill.totalMinor),
    proposedEnergyWh: orNull(bill.proposedEnergyWh, wattHoursToJson), proposedTotal: orNull(bill.proposedTotalMinor, amount), fromCoupon: amount(bill.fromCouponMinor), fromHold: amount(bill.fromHoldMinor),
    fromWallet: amount(bill.fromWalletMinor), receivable: amount(bill.receivableMinor), flags: bill.flags.map(flagToJson), lines: bill.lines.map((line) => lineToJson(line, bill.currency)),
    postings: bill.postings.map((each) => postingToJson(each, bill.currency)), recordedAt: instantToJson(bill.recordedAt),
    correction: orNull(bill.correction, ({ oldEnergyWh, newEnergyWh, oldTotalMinor, newTotalMinor, why, ...told }) => ({
      ...told, correctionId: idToJson('cor', told.correctionId), recordedAt: instantToJson(told.recordedAt), why: orNull(why, ({ key, data }) => ({ key, data: { ...data } })),
      oldEnergyWh: wattHoursToJson(oldEnergyWh), newEnergyWh: wattHoursToJson(newEnergyWh), oldTotal: amount(oldTotalMinor), newTotal: amount(newTotalMinor),
    })),
  };
}

const postingToJson = (posting: TracedPosting, currency: CurrencyCode): Static<typeof PostingJson> => ({
  transferId: posting.transferId, purpose: posting.purpose, asset: posting.asset, amount: posting.asset === 'money' ? moneyToJson(money(posting.amount, currency)) : null,
  energyWh: posting.asset === 'energy' ? wattHoursToJson(posting.amount) : null, debit: { accountId: posting.debitAccount, kind: posting.debitKind },
  credit: { accountId: posting.creditAccount, kind: posting.creditKind }, reverses: posting.reverses,
});

const lineToJson = (line: PrintedLine, currency: CurrencyCode): Static<typeof LineJson> => {
  const rate = { value: line.rateValue, scale: line.rateScale };
  return {
    charged: line.charged, kind: line.kind, periodKind: line.periodKind, tariffId: idToJson('tar', line.tariffId), from: instantToJson(line.from), to: instantToJson(line.to),
    energyWh: orNull(line.energyWh, wattHoursToJson), minutes: line.minutes, rate: formatRate(rate), amountMinor: String(line.amountMinor),
    arithmetic: explainLine({ rate, amountMinor: line.amountMinor, energyWh: line.energyWh as never, minutes: line.minutes as never }, currency),
  };
};

const readingToJson = (reading: ReadingPoint): Static<typeof ReadingJson> => ({
  at: instantToJson(reading.at), registerWh: orNull(reading.registerWh, wattHoursToJson), powerW: orNull(reading.powerW, String), role: reading.role, counted: reading.counted,
  energyWh: orNull(reading.energyWh, wattHoursToJson),
});

export function overviewToJson(overview: Overview): Static<typeof OverviewJson> {
  const amount = (minor: bigint) => moneyToJson(money(minor, overview.currency));
  const figures = ({ bills, energyWh, totalMinor }: { bills: bigint; energyWh: bigint; totalMinor: bigint }) => ({ bills: Number(bills), energyWh: wattHoursToJson(energyWh), total: amount(totalMinor) });
  return {
    currency: overview.currency, livePowerW: String(overview.livePowerW), activeSessions: Number(overview.activeSessions), dayStartedAt: instantToJson(overview.dayStartedAt), today: figures(overview.today),
    held: {
      bills: Number(overview.held.bills), proposedEnergyWh: wattHoursToJson(overview.held.proposedEnergyWh), proposedTotal: amount(overview.held.proposedTotalMinor),
      oldestEndedAt: orNull(overview.held.oldestEndedAt, instantToJson),
    },
    causes: overview.causes.map(({ cause, bills }) => ({ cause: cause as FlagCause, bills: Number(bills) })),
    hours: overview.hours.map((hour) => ({ from: instantToJson(hour.from), ...figures(hour) })),
  };
}
