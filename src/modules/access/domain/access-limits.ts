/** Lists of an operator's users, roles and keys are short; more than this is an import gone wrong. */
export const USERS_MAX = 2_000;
export const ROLES_MAX = 200;
export const API_CLIENTS_MAX = 500;
export const ROLES_PER_USER_MAX = 50;
export const IP_RANGES_PER_CLIENT_MAX = 50;
