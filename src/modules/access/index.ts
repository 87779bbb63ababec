/** The door of `access`: users, roles, web sessions, API clients. */
export { authenticator } from './authenticate.ts';
export { BUILT_IN_ROLES, type BuiltInRole } from './built-in-roles.ts';
export { createUser, type CreateUserRejection, type NewUser, type RoleToGrant } from './commands/create-user.ts';
export { logIn, type LoggedIn, type LogIn, type LogInRejection } from './commands/log-in.ts';
export { createApiClient, type ApiClient, type NewApiClient } from './api-clients.ts';
export { nameActors } from './queries/users.ts';
export { createRole, listRoles, type Role } from './roles.ts';
