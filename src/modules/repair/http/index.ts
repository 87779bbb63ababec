import type { Api } from '../../../platform/http/index.ts';
import { registerBulkRoutes } from './bulk.ts';
import { registerCaseRoutes } from './cases.ts';
import { registerRepairPolicyRoutes } from './policy.ts';
import type { RepairSurroundings } from './schemas.ts';

export type { RepairSurroundings } from './schemas.ts';
export function registerRepairRoutes(api: Api, around: RepairSurroundings): void {
  registerCaseRoutes(api, around);
  registerBulkRoutes(api, around);
  registerRepairPolicyRoutes(api, around);
}
