import type { Api } from '../../../platform/http/index.ts';
import { registerApiClientRoutes } from './api-clients.ts';
import { registerRoleRoutes } from './roles.ts';
import { registerUserRoutes } from './users.ts';
import { registerLogInRoutes } from './log-in.ts';
import { registerWebSessionRoutes } from './web-sessions.ts';

export function registerAccessRoutes(api: Api): void {
  registerLogInRoutes(api);
  registerWebSessionRoutes(api);
  registerUserRoutes(api);
  registerRoleRoutes(api);
  registerApiClientRoutes(api);
}
