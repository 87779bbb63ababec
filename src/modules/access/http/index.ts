import type { Api } from '../../../platform/http/index.ts';
import { registerWebSessionRoutes } from './web-sessions.ts';

export function registerAccessRoutes(api: Api): void {
  registerWebSessionRoutes(api);
}
