import type { AuditChecks } from './finding.ts';
import { OFFENDING_MAX } from './finding.ts';

/** What the platform itself promises: nothing that was announced waits for ever, every person key can be opened or was destroyed on purpose. */
export const auditPlatform: AuditChecks = async (tx) => {
  const stuck = await tx.query<{ subscriber: string; failures: number }>(
    'select subscriber, failures_in_a_row as failures from platform.outbox_cursor where operator_id = any($1)', [tx.operatorIds]);
  const failing = stuck.filter((row) => row.failures > 0);
  const [keys] = await tx.query<{ people: bigint; newest: number | null }>(
    `select count(*) as people, (select max(version) from platform.master_key) as newest from platform.person_key where operator_id = any($1)`, [tx.operatorIds]);
  const unknown = await tx.query<{ person_id: string }>(
    `select person_id from platform.person_key where operator_id = any($1) and wrapped_key is not null
       and master_version not in (select version from platform.master_key) limit ${OFFENDING_MAX + 1}`, [tx.operatorIds]);
  return [
    { check: 'platform.events_delivered', about: 'no subscriber is held up at an event it cannot handle', checked: stuck.length, failed: failing.length, offending: failing.map((row) => row.subscriber).slice(0, OFFENDING_MAX) },
    {
      check: 'platform.person_keys_openable', about: 'every person key is wrapped under a master key this database knows, or was destroyed on purpose', checked: Number(keys?.people ?? 0n),
      failed: keys?.newest === null ? 0 : unknown.length, offending: keys?.newest === null ? [] : unknown.map((row) => row.person_id).slice(0, OFFENDING_MAX),
    },
  ];
};
