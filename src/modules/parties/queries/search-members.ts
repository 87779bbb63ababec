import type { MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { personalIndex } from '../../../platform/personal-data/index.ts';
import { normalisePhone, phoneDigestText, tokenDigestText, type Member, type MemberStatus } from '../domain/member.ts';
import { onlyOperator } from '../only-operator.ts';
import { MEMBER_COLUMNS, openMembers, type MemberRow } from './members.ts';

/** Names are encrypted, so a search by name opens them one batch after another; it stops here and the next page goes on. */
export const MEMBERS_SCANNED_MAX = 5_000;
const BATCH = 500;

export type MemberSearch = {
  /** A part of the name, a whole phone number, or a whole card number. */
  readonly text?: string;
  readonly status?: MemberStatus;
  readonly departmentId?: string;
  /** Undefined: all. A caller limited to sub-operators gives its own. */
  readonly subOperatorIds?: readonly string[];
  /** Members registered before this one; ids grow with time. */
  readonly before?: MemberId;
  readonly limit: number;
};

/**
 * Members, newest first. A page of a search by name can hold fewer than `limit` and still have a next one, when
 * `MEMBERS_SCANNED_MAX` names were opened without finding more.
 */
export async function searchMembers(tx: Tx, search: MemberSearch): Promise<{ members: Member[]; next: MemberId | null }> {
  const exact = search.text === undefined ? [] : await findExactly(tx, search.text);
  const wanted = normaliseName(search.text ?? '');
  const found: Member[] = [];
  let before = search.before;
  for (let scanned = 0; scanned < MEMBERS_SCANNED_MAX;) {
    const size = wanted === '' ? search.limit + 1 : BATCH;
    const rows = await readBatch(tx, { ...search, ...(before === undefined ? {} : { before }), limit: size });
    for (const member of await openMembers(tx, rows)) {
      if (wanted !== '' && !exact.includes(member.memberId) && !normaliseName(member.displayName ?? '').includes(wanted)) continue;
      if (found.length === search.limit) return { members: found, next: found.at(-1)!.memberId };
      found.push(member);
    }
    if (rows.length < size) return { members: found, next: null };
    scanned += rows.length;
    before = rows.at(-1)!.memberId;
  }
  return { members: found, next: before ?? null };
}

/** A phone or card number typed whole is found through its digest wherever it is, without opening a name. */
async function findExactly(tx: Tx, text: string): Promise<MemberId[]> {
  const phone = normalisePhone(text);
  const rows = await tx.query<{ memberId: MemberId }>(
    `select member_id as "memberId" from parties.member where operator_id = $1 and phone_index = $2
     union select member_id from parties.member_credential where operator_id = $1 and token_index = $3 and revoked_at is null`,
    [onlyOperator(tx), phone === null ? null : await personalIndex(tx, phoneDigestText(phone)), await personalIndex(tx, tokenDigestText(text))]);
  return rows.map((row) => row.memberId);
}

function readBatch(tx: Tx, search: MemberSearch): Promise<MemberRow[]> {
  return tx.query<MemberRow>(
    `select ${MEMBER_COLUMNS} from parties.member
     where operator_id = $1 and ($2::text is null or status = $2) and ($3::uuid is null or department_id = $3)
       and ($4::uuid[] is null or sub_operator_id = any($4)) and ($5::uuid is null or member_id < $5)
     order by member_id desc limit $6`,
    [onlyOperator(tx), search.status ?? null, search.departmentId ?? null, search.subOperatorIds ?? null, search.before ?? null, search.limit]);
}

/** Without width, case and blanks: 王 小明, ＷＡＮＧ and wang are what they look like. */
const normaliseName = (text: string): string => text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, '');
