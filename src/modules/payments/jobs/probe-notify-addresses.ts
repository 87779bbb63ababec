import { MS_PER_DAY, MS_PER_SECOND, type Clock, type OperatorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { ChannelAccount, Channels } from '../channels/channels.ts';
import { PROBE_HEADER } from '../http/notify.ts';
import { openProbe, probeArrivedAt, settleProbe, type ProbeEnd, type ProbeOutcome } from '../store/notify-probes.ts';

const ANSWER_MS_MAX = 10 * MS_PER_SECOND, DETAIL_LENGTH_MAX = 200;
const PROBED_AT_ONCE_MAX = 4;
/** An address that nobody answers at is tried again: at a start the worker is ready before the API service listens. */
const UNREACHABLE_PAUSES_MS: readonly number[] = [2, 8, 20].map((seconds) => seconds * MS_PER_SECOND);

type ProbeOptions = { readonly database: Database; readonly clock: Clock; readonly fetch?: typeof fetch };
export type ProbedAddress = { readonly merchantAccountId: string; readonly address: string } & ProbeEnd;

/**
 * Walks the way of a notification ourselves: posts to the address that the channel is given, and looks whether it came in at THIS database. An answer alone
 * proves nothing: another server, another installation of the same program even, would answer as well (P-15).
 */
export async function probeNotifyAddress({ database, clock, fetch: send = fetch }: ProbeOptions, account: Pick<ChannelAccount, 'operatorId' | 'merchantAccountId' | 'notifyUrl'>): Promise<ProbedAddress> {
  const { operatorId, merchantAccountId, notifyUrl: address } = account;
  const odb = database.forOperator(operatorId), probeId = newUuid();
  await odb.transaction((tx) => openProbe(tx, operatorId, { probeId, merchantAccountId, address, sentAt: clock.now() }));
  const answered = await post(send, address, probeId);
  return odb.transaction(async (tx) => {
    const arrived = await probeArrivedAt(tx, operatorId, probeId) !== null;
    const end: ProbeEnd = { ...answered, outcome: outcomeOf(arrived, answered.httpStatus), at: clock.now() };
    await settleProbe(tx, operatorId, probeId, end);
    return { merchantAccountId, address, ...end };
  });
}

function outcomeOf(arrived: boolean, httpStatus: number | null): ProbeOutcome {
  if (arrived) return httpStatus === 204 ? 'arrived' : 'refused';
  return httpStatus === null ? 'unreachable' : 'elsewhere';
}

async function post(send: typeof fetch, address: string, probeId: string): Promise<{ httpStatus: number | null; detail: string | null }> {
  try {
    const answer = await send(address, { method: 'POST', headers: { [PROBE_HEADER]: probeId, 'content-type': 'text/plain' }, body: 'probe', redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    const text = answer.status === 204 ? null : (await answer.text()).slice(0, DETAIL_LENGTH_MAX);
    return { httpStatus: answer.status, detail: text };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return { httpStatus: null, detail: `${error instanceof Error ? error.message : String(error)}${cause}`.slice(0, DETAIL_LENGTH_MAX) };
  }
}

/** Probes all enabled accounts of an operator, a few at a time. */
export async function probeNotifyAddresses(options: ProbeOptions & { readonly channels: Pick<Channels, 'accountsOf'>; readonly logger: Logger; readonly unreachablePausesMs?: readonly number[] }, operatorId: OperatorId): Promise<ProbedAddress[]> {
  const accounts = (await options.channels.accountsOf(operatorId)).filter(({ enabled }) => enabled), probed: ProbedAddress[] = [];
  for (let from = 0; from < accounts.length; from += PROBED_AT_ONCE_MAX) {
    probed.push(...await Promise.all(accounts.slice(from, from + PROBED_AT_ONCE_MAX).map((account) => probePatiently(options, account, options.unreachablePausesMs ?? UNREACHABLE_PAUSES_MS))));
  }
  for (const { outcome, ...found } of probed) if (outcome !== 'arrived') options.logger.error({ operatorId, outcome, ...found }, 'notifications sent to this address do not arrive here');
  return probed;
}

async function probePatiently(options: ProbeOptions, account: ChannelAccount, pausesMs: readonly number[]): Promise<ProbedAddress> {
  let probed = await probeNotifyAddress(options, account);
  for (const pauseMs of pausesMs) {
    if (probed.outcome !== 'unreachable') break;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    probed = await probeNotifyAddress(options, account);
  }
  return probed;
}

/** The daily probe of every notify address. */
export const probeNotifyAddressesJob = (channels: Pick<Channels, 'accountsOf'>): Job => ({
  name: 'probe_notify_addresses', about: 'Posts to each notify address that a payment channel was given, and looks whether it comes in here.', cron: '40 3 * * *', everyMs: MS_PER_DAY,
  run: async (context) => {
    let arrived = 0, lost = 0;
    const operators = await forEachOperator(context, async (operatorId) => {
      for (const { outcome } of await probeNotifyAddresses({ ...context, channels }, operatorId)) outcome === 'arrived' ? arrived++ : lost++;
    });
    return { operators, arrived, lost };
  },
});
