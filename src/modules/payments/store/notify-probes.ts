import type { Instant, OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Database, type Tx } from '../../../platform/database/index.ts';

export const PROBE_OUTCOMES = ['arrived', 'elsewhere', 'refused', 'unreachable'] as const;
/** arrived: it came in at a server of this database. elsewhere: somebody answered, and nothing came in here. refused: our server answered, but not with a probe's answer. */
export type ProbeOutcome = (typeof PROBE_OUTCOMES)[number];

export async function openProbe(tx: Tx, operatorId: OperatorId, probe: { readonly probeId: string; readonly merchantAccountId: string; readonly address: string; readonly sentAt: Instant }): Promise<void> {
  await tx.execute('insert into payments.notify_probe (operator_id, probe_id, merchant_account_id, address, sent_at) values ($1, $2, $3, $4, $5)',
    [operatorId, probe.probeId, probe.merchantAccountId, probe.address, sqlTimestamp(probe.sentAt)]);
}

/** A probe came in. @returns false when this database has not sent it, or has long ago, or has seen it. */
export async function noteProbeArrival(database: Database, { notifyKey, probeId, at }: { readonly notifyKey: string; readonly probeId: string; readonly at: Instant }): Promise<boolean> {
  const [row] = await database.untenanted.query<{ noted: boolean }>('select payments.note_probe_arrival($1, $2, $3) as noted', [notifyKey, probeId, sqlTimestamp(at)]);
  return row?.noted === true;
}

export async function probeArrivedAt(tx: Tx, operatorId: OperatorId, probeId: string): Promise<Instant | null> {
  const [row] = await tx.query<{ at: Instant | null }>('select arrived_at as at from payments.notify_probe where operator_id = $1 and probe_id = $2', [operatorId, probeId]);
  return row?.at ?? null;
}

export type ProbeEnd = { readonly outcome: ProbeOutcome; readonly httpStatus: number | null; readonly detail: string | null; readonly at: Instant };
export async function settleProbe(tx: Tx, operatorId: OperatorId, probeId: string, end: ProbeEnd): Promise<void> {
  await tx.execute('update payments.notify_probe set outcome = $3, http_status = $4, detail = $5, settled_at = $6 where operator_id = $1 and probe_id = $2 and outcome is null',
    [operatorId, probeId, end.outcome, end.httpStatus, end.detail?.slice(0, 500) ?? null, sqlTimestamp(end.at)]);
}

export type NotifyAddress = {
  readonly merchantAccountId: string; readonly name: string; readonly channel: string;
  /** Of any verdict, and of genuine ones: a stream of forged ones is no sign of life. */
  readonly lastReceivedAt: Instant | null; readonly lastVerifiedAt: Instant | null;
  readonly probe: { readonly address: string; readonly sentAt: Instant; readonly outcome: ProbeOutcome | null; readonly httpStatus: number | null; readonly detail: string | null } | null;
};
type AddressRow = Omit<NotifyAddress, 'probe'> & { address: string | null; sentAt: Instant; outcome: ProbeOutcome | null; httpStatus: number | null; detail: string | null };

/** Each merchant account with its last notification and the last probe of its notify address (P-15). */
export async function notifyAddresses(tx: Tx): Promise<NotifyAddress[]> {
  const rows = await tx.query<AddressRow>(
    `select a.merchant_account_id as "merchantAccountId", a.name, a.channel, received.at as "lastReceivedAt", verified.at as "lastVerifiedAt",
        p.address, p.sent_at as "sentAt", p.outcome, p.http_status as "httpStatus", p.detail
      from payments.merchant_account a
      left join lateral (select n.received_at as at from payments.notification n where n.operator_id = a.operator_id and n.merchant_account_id = a.merchant_account_id order by n.received_at desc limit 1) received on true
      left join lateral (select n.received_at as at from payments.notification n where n.operator_id = a.operator_id and n.merchant_account_id = a.merchant_account_id and n.verdict = 'verified' order by n.received_at desc limit 1) verified on true
      left join lateral (select * from payments.notify_probe p where p.operator_id = a.operator_id and p.merchant_account_id = a.merchant_account_id order by p.sent_at desc limit 1) p on true
      where a.operator_id = any ($1) order by a.recorded_at, a.merchant_account_id`, [tx.operatorIds]);
  return rows.map(({ address, sentAt, outcome, httpStatus, detail, ...account }) => ({ ...account, probe: address === null ? null : { address, sentAt, outcome, httpStatus, detail } }));
}

export async function merchantAccountExists(tx: Tx, operatorId: OperatorId, merchantAccountId: string): Promise<boolean> {
  return (await tx.query('select 1 from payments.merchant_account where operator_id = $1 and merchant_account_id = $2', [operatorId, merchantAccountId])).length > 0;
}
