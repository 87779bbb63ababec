import type { MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { openPersonalBatch, personalIndex } from '../../../platform/personal-data/index.ts';
import { onlyOperator } from '../only-operator.ts';
import { tokenDigestText, type Credential, type Member, type MemberStatus } from '../domain/member.ts';

export const MEMBERS_PER_LOAD_MAX = 1_000;
export const CREDENTIALS_PER_MEMBER_MAX = 200;

/** Whose identifier this is. @returns null when no valid credential of this operator has it. */
export async function findMemberByToken(tx: Tx, token: string): Promise<{ memberId: MemberId; status: MemberStatus; credentialId: string; kind: Credential['kind'] } | null> {
  const operatorId = onlyOperator(tx);
  const index = await personalIndex(tx, tokenDigestText(token));
  const [row] = await tx.query<{ memberId: MemberId; status: MemberStatus; credentialId: string; kind: Credential['kind'] }>({
    name: 'parties_find_member_by_token',
    text: `select m.member_id as "memberId", m.status, c.credential_id as "credentialId", c.kind
           from parties.member_credential c join parties.member m using (operator_id, member_id)
           where c.operator_id = $1 and c.token_index = $2 and c.revoked_at is null`,
  }, [operatorId, index]);
  return row ?? null;
}

export type MemberRow = Omit<Member, 'displayName' | 'phone'> & { readonly displayNameSealed: Buffer; readonly phoneSealed: Buffer | null };
export const MEMBER_COLUMNS = `member_id as "memberId", display_name_sealed as "displayNameSealed", phone_sealed as "phoneSealed",
  department_id as "departmentId", sub_operator_id as "subOperatorId", status, created_at as "createdAt"`;

/** Members by id, at most `MEMBERS_PER_LOAD_MAX`; ids that do not exist are missing from the answer. */
export async function loadMembers(tx: Tx, memberIds: readonly MemberId[]): Promise<Map<MemberId, Member>> {
  const rows = await tx.query<MemberRow>(
    `select ${MEMBER_COLUMNS} from parties.member where operator_id = $1 and member_id = any($2::uuid[]) limit ${MEMBERS_PER_LOAD_MAX}`,
    [onlyOperator(tx), memberIds]);
  const members = new Map<MemberId, Member>();
  for (const member of await openMembers(tx, rows)) members.set(member.memberId, member);
  return members;
}

/** Decrypts names and phone numbers, two values a member, in batches that `platform/personal-data` allows. */
export async function openMembers(tx: Tx, rows: readonly MemberRow[]): Promise<Member[]> {
  const members: Member[] = [];
  for (let from = 0; from < rows.length; from += MEMBERS_PER_LOAD_MAX / 2) {
    const batch = rows.slice(from, from + MEMBERS_PER_LOAD_MAX / 2);
    const names = await openPersonalBatch(tx, batch.map((row) => ({ personId: row.memberId, sealed: row.displayNameSealed })));
    const withPhone = batch.filter((row) => row.phoneSealed !== null);
    const phones = await openPersonalBatch(tx, withPhone.map((row) => ({ personId: row.memberId, sealed: row.phoneSealed! })));
    const phoneOf = new Map(withPhone.map((row, index) => [row.memberId, phones[index]!]));
    for (const [index, { displayNameSealed: _name, phoneSealed: _phone, ...row }] of batch.entries()) {
      members.push({ ...row, displayName: names[index]!, phone: phoneOf.get(row.memberId) ?? null });
    }
  }
  return members;
}

/** A member's credentials, oldest first, revoked ones included. */
export async function listCredentials(tx: Tx, memberId: MemberId): Promise<Credential[]> {
  const rows = await tx.query<Omit<Credential, 'token'> & { tokenSealed: Buffer }>(
    `select credential_id as "credentialId", member_id as "memberId", kind, token_sealed as "tokenSealed", created_at as "createdAt", revoked_at as "revokedAt"
     from parties.member_credential where operator_id = $1 and member_id = $2 order by credential_id limit ${CREDENTIALS_PER_MEMBER_MAX}`, [onlyOperator(tx), memberId]);
  const tokens = await openPersonalBatch(tx, rows.map((row) => ({ personId: memberId, sealed: row.tokenSealed })));
  return rows.map(({ tokenSealed: _sealed, ...row }, index) => ({ ...row, token: tokens[index]! }));
}
