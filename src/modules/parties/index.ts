/** The door of `parties`: operators (the tenants), sub-operators, departments, members and their credentials. */
export { createOperator, type CreateOperatorRejection, type NewOperator } from './commands/create-operator.ts';
export { createMember, registerMember, type NewMember, type RegisterMemberRejection } from './commands/create-member.ts';
export { changeMember, eraseMember, setMemberStatus, type MemberChange } from './commands/change-member.ts';
export { addCredential, registerCredential, revokeCredential, type AddCredentialRejection, type NewCredential, type RevokeCredentialRejection } from './commands/add-credential.ts';
export { createDepartment, createSubOperator, listDepartments, listSubOperators, payingDepartment, type Department, type NewDepartment, type SubOperator } from './organisation.ts';
export { findOperatorByCode, listOperators, loadOperator } from './queries/operators.ts';
export { findMemberByToken, listCredentials, loadMembers, MEMBERS_PER_LOAD_MAX } from './queries/members.ts';
export { searchMembers, type MemberSearch } from './queries/search-members.ts';
export { assignDepartment, type AssignDepartmentRejection } from './commands/assign-department.ts';
export { assignFleet, createFleet, eraseVehicle, registerVehicle, type AssignFleetRejection, type CreateFleetRejection, type NewVehicle, type RegisterVehicleRejection } from './commands/fleets.ts';
export { listFleets, listVehicles, loadVehicles, memberDepartments, PAYERS_PER_CALL_MAX, resolvePayers, vehicleFleets, VEHICLES_PER_LOAD_MAX, type PayerAt, type PayerPlace, type VehicleSearch } from './queries/vehicles.ts';
export type { Belonging, Fleet, Vehicle } from './domain/vehicle.ts';
export { CREDENTIAL_KINDS, type Credential, type CredentialKind, type Member, type MemberStatus } from './domain/member.ts';
export type { Operator } from './domain/operator.ts';
