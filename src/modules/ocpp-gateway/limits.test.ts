import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { createRequire } from 'node:module';
import { instant } from '../../kernel/index.ts';
import { COMMANDS_OPEN_PER_CHARGE_POINT_MAX } from './commands/request-command.ts';
import { planReply } from './dialect.ts';
import { GATEWAY_LIMITS } from './limits.ts';
import type { OcppVersion } from './wire/message.ts';

const reference = await readFile(new URL('../../../docs/reference/ocpp.md', import.meta.url), 'utf8');
const load = createRequire(import.meta.url);

describe('docs/reference/ocpp.md', () => {
  it('states the limits as they are', () => {
    const thousands = (value: number): string => value.toLocaleString('en-US');
    const stated = (row: string, value: string): void => { assert.ok(reference.split('\n').some((line) => line.startsWith(`| ${row} |`) && line.includes(value)), `${row}: ${value}`); };
    const limits = GATEWAY_LIMITS;
    stated('connections of a node', thousands(limits.connectionsMax));
    stated('handshakes in progress', thousands(limits.handshakesPendingMax));
    stated('frame', `${limits.frameBytesMax / 1024} KiB`);
    stated('frames in flight of one connection', String(limits.framesInFlightPerConnectionMax));
    stated('frames waiting to be stored', thousands(limits.framesQueuedMax));
    stated('rows, bytes of a group insert', `${thousands(limits.batchRowsMax)} rows, ${limits.batchBytesMax / 1024 / 1024} MiB`);
    stated('time to store', `${limits.storeDeadlineMs / 1_000} s`);
    stated('time to decide', `${limits.decisionDeadlineMs / 1_000} s`);
    stated('ping', `${limits.pingIntervalMs / 1_000} s`);
    stated('answer to a command', `${limits.commandAnswerDeadlineMs / 1_000} s`);
    stated('open commands of a charge point', String(COMMANDS_OPEN_PER_CHARGE_POINT_MAX));
  });

  it('lists every message that is answered, and no other', () => {
    const section = reference.slice(reference.indexOf('## Messages'), reference.indexOf('## Errors'));
    for (const [version, file, column] of [['ocpp1.6', 'ocpp1_6', 2], ['ocpp2.0.1', 'ocpp2_0_1', 3]] as const) {
      const listed = new Set(section.split('\n').filter((line) => line.startsWith('| ')).flatMap((line) => {
        const cells = line.split('|').map((cell) => cell.trim());
        return /^(worked|stored|✓)$/.test(cells[column]!) ? cells[1]!.split(', ') : [];
      }));
      const answered = (load(`ocpp-rpc/lib/schemas/${file}.json`) as { $id: string }[]).map((schema) => schema.$id).filter((id) => id.endsWith('.req')).map((id) => id.slice(4, -4))
        .filter((action) => planReply(version satisfies OcppVersion, action, {}, { now: instant(0), heartbeatIntervalS: 300 }).kind !== 'refuse');
      assert.deepEqual([...listed].sort(), answered.sort(), version);
    }
  });
});
