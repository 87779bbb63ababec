/** One import and one matching in a process of its own. Prints one JSON object. */
import { createReadStream } from 'node:fs';
import { importStatement, reconcileDay } from '../../src/modules/reconciliation/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { connectDatabase, type DatabaseUrls } from '../../src/platform/database/index.ts';
import type { OperatorId } from '../../src/kernel/index.ts';

const given = JSON.parse(process.argv[2]!) as { operatorId: OperatorId; merchantAccountId: string; urls: DatabaseUrls; file: string; date: string; emptyLines: number };
const database = connectDatabase(given.urls, { poolSizeMax: 4 });
const odb = database.forOperator(given.operatorId);
async function* content(): AsyncGenerator<Buffer> {
  yield* createReadStream(given.file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>;
  if (given.emptyLines > 0) yield Buffer.from('\r\n'.repeat(given.emptyLines));
}
const startedAt = performance.now();
const { isNew } = await importStatement(odb, { merchantAccountId: given.merchantAccountId, businessDate: given.date, format: 'wechatpay_trade', source: 'upload', importedBy: 'bench', hash: null, content: content() }, { clock: systemClock });
if (!isNew) throw new Error('the statement was here already: nothing was measured');
const importedAt = performance.now();
const report = await reconcileDay(odb, { merchantAccountId: given.merchantAccountId, businessDate: given.date, environment: 'T', feeRatePpm: 6_000n }, { clock: systemClock });
if (report === null) throw new Error('no statement');
const seconds = (performance.now() - startedAt) / 1000;
process.stderr.write(`import ${Math.round(importedAt - startedAt)} ms\n`);
await database.close();
process.stdout.write(JSON.stringify({
  seconds, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024), matched: report.matched, opened: report.opened, found: Object.fromEntries(Object.entries(report.differences).map(([kind, { count }]) => [kind, count])),
}));
