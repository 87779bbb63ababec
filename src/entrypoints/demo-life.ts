import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MS_PER_SECOND, type Clock, type MemberId } from '../kernel/index.ts';
import { findMemberByToken } from '../modules/parties/index.ts';
import { walletBalances } from '../modules/wallets/index.ts';
import type { Database } from '../platform/database/index.ts';
import type { Logger } from '../platform/logging/index.ts';
import { demoFleetFile, demoTopUp, type Demo } from './demo-furnish.ts';
import { DEMO_MEMBERS } from './demo-plan.ts';
import { ROOT } from './open-system.ts';

/** The first start begins in the past, so that lists and charts have something to show, and catches up within about two minutes. */
const HISTORY_HOURS = 72, CATCH_UP_SPEED = 2_400;
const TOP_UP_EVERY_MS = 20 * MS_PER_SECOND, TOP_UP_BELOW_MINOR = 8_000n;
const LOG_BYTES_MAX = 5 * 1024 * 1024;
const END_WAIT_MS_MAX = 5 * MS_PER_SECOND;

export type DemoLife = { close(): Promise<void> };

/** Cars come and go at simulated charge points (a process of their own, on the wire like real ones), and members pay in at the cash desk. */
export function startDemoLife(of: { readonly demo: Demo; readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly ocppUrl: string }): DemoLife {
  const { demo, logger } = of;
  const log = openLog(join(demo.folder, 'charge-points.log'));
  const child = spawn(process.execPath, [
    join(ROOT, 'simulators/charge-point/main.ts'), 'live', '--url', of.ocppUrl, '--stations', demoFleetFile(demo.folder), '--state', join(demo.folder, 'stations.state'),
    '--seed', '7', '--cars-min', '6', '--until-input-ends', '--truth', join(demo.folder, 'truth.jsonl'),
    ...(demo.createdNow ? ['--since', String(HISTORY_HOURS), '--speed', String(CATCH_UP_SPEED)] : []),
  ], { stdio: ['pipe', log, log], cwd: ROOT });
  closeSync(log);
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => { logger.error({ error }, 'the demo charge points could not be started'); resolve(); });
    child.once('exit', (code) => { if (code !== 0 && code !== null) logger.warn({ code, log: join(demo.folder, 'charge-points.log') }, 'the demo charge points ended'); resolve(); });
  });
  child.stdin?.on('error', () => undefined);
  const timer = setInterval(() => void keepFunded(of).catch((error: unknown) => logger.warn({ error }, 'the demo cash desk failed')), TOP_UP_EVERY_MS);
  return {
    close: async () => {
      clearInterval(timer);
      // The end of its input tells it to go home: it says its goodbyes and keeps its meters' registers for the next time.
      child.stdin?.end();
      const late = setTimeout(() => child.kill('SIGKILL'), END_WAIT_MS_MAX);
      await exited;
      clearTimeout(late);
    },
  };
}

/** All but the first two members, who run out on purpose: their cards are refused, which is worth seeing. */
async function keepFunded({ demo, database, clock }: { readonly demo: Demo; readonly database: Database; readonly clock: Clock }): Promise<void> {
  const odb = database.forOperator(demo.operatorId);
  const low = await odb.transaction(async (tx) => {
    const ids: MemberId[] = [];
    for (const member of DEMO_MEMBERS.slice(2)) {
      const found = await findMemberByToken(tx, member.cards[0]!);
      if (found) ids.push(found.memberId);
    }
    const balances = await walletBalances(tx, ids, { clock });
    return ids.filter((id) => (balances.get(id)?.availableMinor ?? 0n) < TOP_UP_BELOW_MINOR);
  });
  for (const memberId of low) await odb.transaction((tx) => demoTopUp(tx, { memberId, yuan: 200, clock }));
}

function openLog(path: string): number {
  if (existsSync(path) && statSync(path).size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}
