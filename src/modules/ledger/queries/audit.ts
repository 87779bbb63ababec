/** What must always be true of the books. Each check is one query that returns what it looked at and the first things that are wrong. */
import type { OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';

/** How many offending ids one check lists. */
export const AUDIT_FAILURES_MAX = 100;

export type AuditFailure = { readonly id: string; readonly detail: string };
export type AuditCheck = { readonly code: string; readonly checked: number; readonly failures: readonly AuditFailure[] };

type Check = { readonly code: string; readonly count: string; readonly failures: string };
/** `$1` is the operator, or null for all of them. */
const ofOperator = (alias: string): string => `($1::uuid is null or ${alias}.operator_id = $1::uuid)`;

/** Debit and credit sides of every movement, in account terms. */
const SIDES = `(
  select m.operator_id, m.sequence, m.debit_account_id as account_id, m.pending_delta as dp, m.posted_delta as dd, 0::bigint as cp, 0::bigint as cd from ledger.movement m where ${ofOperator('m')}
  union all
  select m.operator_id, m.sequence, m.credit_account_id, 0, 0, m.pending_delta, m.posted_delta from ledger.movement m where ${ofOperator('m')})`;

/** Entries that a history would miss, or count twice: the index by account against the movements that it is said to cover. */
const INDEX_FAILURES = `
  select coalesce(i.account_id, s.account_id)::text, format('operator %s: the index by account names %s entries, the books have %s', coalesce(i.operator_id, s.operator_id), coalesce(i.entries, 0), coalesce(s.entries, 0))
    from (select i.operator_id, i.account_id, count(*) as entries, sum(i.sequence) as sequences from ledger.account_movement i where ${ofOperator('i')} group by i.operator_id, i.account_id) i
    full join (select s.operator_id, s.account_id, count(*) as entries, sum(s.sequence) as sequences from ${SIDES} s
        join ledger.checkpoint c on c.operator_id = s.operator_id where s.sequence <= c.indexed_sequence group by s.operator_id, s.account_id) s
      on s.operator_id = i.operator_id and s.account_id = i.account_id
    where (i.entries, i.sequences) is distinct from (s.entries, s.sequences)`;

const CHECKS: readonly Check[] = [
  {
    // From the account rows and the movements that are not yet in them: independent of how a movement was split.
    code: 'ledger_debits_equal_credits',
    count: `select count(distinct (a.operator_id, a.ledger)) as checked from ledger.account a where ${ofOperator('a')}`,
    failures: `select b.operator_id || '/' || b.ledger as id, format('posted: debits %s, credits %s; pending: debits %s, credits %s', sum(b.dd), sum(b.cd), sum(b.dp), sum(b.cp)) as detail
      from (
        select a.operator_id, a.ledger, a.debits_pending as dp, a.debits_posted as dd, a.credits_pending as cp, a.credits_posted as cd from ledger.account a where ${ofOperator('a')}
        union all
        select a.operator_id, a.ledger, s.dp, s.dd, s.cp, s.cd from ${SIDES} s
          join ledger.account a on a.operator_id = s.operator_id and a.id = s.account_id where a.flags & 6 = 0 and s.sequence > a.checkpoint_sequence) b
      group by b.operator_id, b.ledger having sum(b.dd) <> sum(b.cd) or sum(b.dp) <> sum(b.cp)`,
  },
  {
    code: 'ledger_balances_equal_entries',
    count: `select count(*) as checked from ledger.account a where ${ofOperator('a')}`,
    failures: `select a.id::text as id, format('operator %s: stored %s/%s/%s/%s, entries %s/%s/%s/%s (debits pending/posted, credits pending/posted)%s', a.operator_id,
        a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted, coalesce(s.dp, 0), coalesce(s.dd, 0), coalesce(s.cp, 0), coalesce(s.cd, 0),
        case when a.balances_set then '; set by the test-only function' else '' end) as detail
      from ledger.account a left join (
        select s.operator_id, s.account_id, sum(s.dp) as dp, sum(s.dd) as dd, sum(s.cp) as cp, sum(s.cd) as cd from ${SIDES} s
          join ledger.account a on a.operator_id = s.operator_id and a.id = s.account_id
          where a.flags & 6 <> 0 or s.sequence <= a.checkpoint_sequence group by s.operator_id, s.account_id) s
        on s.operator_id = a.operator_id and s.account_id = a.id
      where ${ofOperator('a')} and (a.balances_set or (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted)
        is distinct from (coalesce(s.dp, 0), coalesce(s.dd, 0), coalesce(s.cp, 0), coalesce(s.cd, 0)))
      union all ${INDEX_FAILURES}`,
  },
  {
    code: 'ledger_limits_hold',
    count: `select count(*) as checked from ledger.account a where ${ofOperator('a')} and a.flags & 6 <> 0`,
    failures: `select a.id::text as id, format('operator %s: debits %s + %s, credits %s + %s', a.operator_id, a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) as detail
      from ledger.account a where ${ofOperator('a')} and (a.flags & 2 <> 0 and a.debits_pending::numeric + a.debits_posted > a.credits_posted
        or a.flags & 4 <> 0 and a.credits_pending::numeric + a.credits_posted > a.debits_posted)`,
  },
  {
    code: 'ledger_transfers_have_accounts',
    count: `select count(*) as checked from ledger.transfer t where ${ofOperator('t')} and t.refused_as is null`,
    failures: `select t.id::text as id, format('operator %s: ledger %s, debit account on %s, credit account on %s', t.operator_id, t.ledger, coalesce(d.ledger::text, 'none'), coalesce(c.ledger::text, 'none')) as detail
      from ledger.transfer t left join ledger.account d on d.operator_id = t.operator_id and d.id = t.debit_account_id
        left join ledger.account c on c.operator_id = t.operator_id and c.id = t.credit_account_id
      where ${ofOperator('t')} and t.refused_as is null and (d.ledger is distinct from t.ledger or c.ledger is distinct from t.ledger)`,
  },
  {
    code: 'ledger_pendings_settled_once',
    count: `select count(*) as checked from ledger.transfer t where ${ofOperator('t')} and t.refused_as is null and t.flags & 2 <> 0`,
    failures: `select coalesce(t.id, p.id)::text as id, format('operator %s: state %s, posted %s times, voided %s times, expired %s times, released %s of %s', coalesce(t.operator_id, p.operator_id),
        coalesce(p.status, 'none'), coalesce(s.posted, 0), coalesce(s.voided, 0), (e.pending_id is not null)::integer, coalesce(-s.released, 0) + coalesce(-e.pending_delta, 0), t.amount) as detail
      from (select * from ledger.transfer t where ${ofOperator('t')} and t.refused_as is null and t.flags & 2 <> 0) t
      full join (select * from ledger.pending_transfer p where ${ofOperator('p')}) p on p.operator_id = t.operator_id and p.id = t.id
      left join (select s.operator_id, s.pending_id, count(*) filter (where s.flags & 4 <> 0) as posted, count(*) filter (where s.flags & 8 <> 0) as voided, sum(s.pending_delta) as released
          from ledger.transfer s where ${ofOperator('s')} and s.refused_as is null and s.flags & 12 <> 0 group by s.operator_id, s.pending_id) s on s.operator_id = t.operator_id and s.pending_id = t.id
      left join ledger.expiry e on e.operator_id = t.operator_id and e.pending_id = t.id
      where t.id is null or p.id is null or t.pending_delta <> t.amount
        or (coalesce(s.posted, 0), coalesce(s.voided, 0), (e.pending_id is not null)::integer) is distinct from ((p.status = 'posted')::integer::bigint, (p.status = 'voided')::integer::bigint, (p.status = 'expired')::integer)
        or (p.status <> 'pending' and coalesce(-s.released, 0) + coalesce(-e.pending_delta, 0) <> t.amount)`,
  },
  {
    // Every link is recomputed from the rows between the link before it and its own last one, so a changed, added or missing row shows.
    code: 'ledger_hash_chain',
    count: `select coalesce(sum(l.movements), 0)::bigint as checked from ledger.chain_link l where ${ofOperator('l')}`,
    failures: `select l.operator_id || '/' || l.position as id, format('sequences %s to %s: %s', l.first_sequence, l.last_sequence,
        case when l.position <> l.number then 'a link before it is missing' when d.movements is distinct from l.movements then format('covered %s rows, now %s', l.movements, coalesce(d.movements, 0)) else 'a row was changed' end) as detail
      from (select l.*, row_number() over w as number, coalesce(lag(l.last_sequence) over w, 0) as after_sequence, coalesce(lag(l.hash) over w, ''::bytea) as previous_hash
          from ledger.chain_link l where ${ofOperator('l')} window w as (partition by l.operator_id order by l.position)) l
      left join lateral (select count(*) as movements, sha256(l.previous_hash || string_agg(x.digest, ''::bytea order by x.sequence)) as hash
          from ledger.digests(l.operator_id, l.after_sequence, l.last_sequence, 2147483647) x) d on true
      where l.position <> l.number or d.movements is distinct from l.movements or d.hash is distinct from l.hash`,
  },
];

/**
 * Checks the books of one operator, or of all that the transaction may see. Read-only; each check is one statement and so of one moment.
 * @returns one entry per invariant, also for those that hold.
 */
export async function auditLedger(tx: Tx, options: { readonly operatorId?: OperatorId } = {}): Promise<AuditCheck[]> {
  const checks: AuditCheck[] = [];
  for (const check of CHECKS) checks.push(await runCheck(tx, check, options.operatorId));
  return checks;
}

async function runCheck(tx: Tx, { code, count, failures }: Check, operatorId: OperatorId | undefined): Promise<AuditCheck> {
  // One statement, so that the count and what is wrong are of one moment.
  const rows = await tx.query<{ checked: bigint; id: string | null; detail: string | null }>(
    `select c.checked::bigint as checked, f.id, f.detail from (${count}) c left join (select * from (${failures}) f limit ${AUDIT_FAILURES_MAX}) f on true`, [operatorId ?? null]);
  return { code, checked: Number(rows[0]!.checked), failures: rows.flatMap(({ id, detail }) => (id === null ? [] : [{ id, detail: detail ?? '' }])) };
}

/** Verifies the hash chain alone. */
export async function verifyHashChain(tx: Tx, options: { readonly operatorId?: OperatorId } = {}): Promise<AuditCheck> {
  return runCheck(tx, CHECKS.find((check) => check.code === 'ledger_hash_chain')!, options.operatorId);
}
