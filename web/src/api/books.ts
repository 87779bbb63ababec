import { api, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type Finding = components['schemas']['AuditFinding'];
export type Books = components['schemas']['Books'];

export const auditBooks = () => unwrap(api.GET('/api/v1/books'));
