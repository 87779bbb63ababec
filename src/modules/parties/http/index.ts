import type { Api } from '../../../platform/http/index.ts';
import { registerFleetRoutes } from './fleets.ts';
import { registerCredentialRoutes } from './credentials.ts';
import { registerMemberRoutes } from './members.ts';
import { registerOrganisationRoutes } from './organisation.ts';

export function registerPartiesRoutes(api: Api): void {
  registerMemberRoutes(api);
  registerCredentialRoutes(api);
  registerOrganisationRoutes(api);
  registerFleetRoutes(api);
}
