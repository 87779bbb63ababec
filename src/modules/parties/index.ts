/** The door of `parties`: operators (the tenants), sub-operators, departments, members and their credentials. */
export { createOperator, type CreateOperatorRejection, type NewOperator } from './commands/create-operator.ts';
export { createMember, registerMember, type NewMember, type RegisterMemberRejection } from './commands/create-member.ts';
export { changeMember, eraseMember, setMemberStatus, type MemberChange } from './commands/change-member.ts';
export { addCredential, registerCredential, revokeCredential, type AddCredentialRejection, type NewCredential, type RevokeCredentialRejection } from './commands/add-credential.ts';
export { createDepartment, createSubOperator, listDepartments, listSubOperators, payingDepartment, type Department, type NewDepartment, type SubOperator } from './organisation.ts';
export { findOperatorByCode, listOperators, loadOperator } from './queries/operators.ts';
export { findMemberByToken, listCredentials, loadMembers, MEMBERS_PER_LOAD_MAX } from './queries/members.ts';
export { searchMembers, type MemberSearch } from './queries/search-members.ts';
export { CREDENTIAL_KINDS, type Credential, type CredentialKind, type Member, type MemberStatus } from './domain/member.ts';
export type { Operator } from './domain/operator.ts';
