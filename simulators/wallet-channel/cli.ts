import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FAULTS, startWalletChannel } from './index.ts';
import type { FaultRates } from './faults.ts';

const HELP = `Simulated wallet channels: WeChat Pay API v3 and Alipay's gateway on 127.0.0.1, with keys of their own.

  node simulators/wallet-channel/cli.ts --port 0 --seed 1 --faults faults.json --keys data/wallet-channel

  --port N             where to listen (default 0: any free port)
  --seed N             the same seed gives the same faults (default 1)
  --faults FILE        {"notification_lost": 0.05, …}; names and meanings: --list-faults
  --list-faults        print the faults and stop
  --keys FOLDER        keys are kept here and used again (default data/wallet-channel)
  --journal FILE       orders and balances survive the process in this file
  --time-factor N      repeats of notifications take so much of their real time (default 1)
  --public-url URL     what QR codes begin with, when it is not the address listened on
  --merchant CHANNEL   make a merchant at the start: wechatpay or alipay; may be repeated
  --pay P              payers pay by themselves with this probability
  --until-input-ends   stop when standard input ends, as it does when the program that started this one is gone

The first line of standard output is {"url","keysFolder","merchants":[…]}.
Exit codes: 0 stopped, 1 could not start, 2 wrong usage.
`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' }, port: { type: 'string', default: '0' }, seed: { type: 'string', default: '1' }, faults: { type: 'string' }, 'list-faults': { type: 'boolean' },
  keys: { type: 'string', default: 'data/wallet-channel' }, journal: { type: 'string' }, 'time-factor': { type: 'string', default: '1' }, 'public-url': { type: 'string' }, merchant: { type: 'string', multiple: true }, pay: { type: 'string' },
  'until-input-ends': { type: 'boolean', default: false },
} as const;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`wallet-channel simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  return (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
});

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) return say(HELP);
  if (values['list-faults']) return say(Object.entries(FAULTS).map(([name, what]) => `${name.padEnd(28)} ${what}\n`).join(''));
  const keysFolder = resolve(values.keys);
  const channel = await startWalletChannel({
    port: Number(values.port), seed: Number(values.seed), faults: values.faults ? JSON.parse(readFileSync(values.faults, 'utf8')) as FaultRates : {}, keysFolder, timeFactor: Number(values['time-factor']),
    ...(values.journal ? { journalFile: resolve(values.journal) } : {}), ...(values['public-url'] ? { publicUrl: values['public-url'] } : {}), payers: values.pay ? { pay: Number(values.pay), afterMsMin: 500, afterMsMax: 5_000 } : null,
  });
  for (const kind of values.merchant ?? []) {
    if (kind !== 'wechatpay' && kind !== 'alipay') throw new Error(`no such channel: ${kind}`);
    // One of a journal that was read back is not made again.
    if (!channel.control.merchants().some((merchant) => merchant.channel === kind)) await channel.control.createMerchant({ channel: kind });
  }
  say(`${JSON.stringify({ url: channel.url, keysFolder, merchants: channel.control.merchants() })}\n`);
  const stop = (): void => void channel.close().then(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  if (values['until-input-ends']) process.stdin.resume().once('end', stop).once('error', stop);
  return 0;
}

function say(text: string): 0 {
  process.stdout.write(text);
  return 0;
}
