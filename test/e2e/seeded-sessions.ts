import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import { addMs, MS_PER_MINUTE, type Clock, type Instant, type MemberId } from '../../src/kernel/index.ts';
import { findMemberByToken } from '../../src/modules/parties/index.ts';
import { topUpAtCashDesk } from '../../src/modules/wallets/index.ts';
import { newUuid } from '../../src/platform/clock/index.ts';
import type { Database } from '../../src/platform/database/index.ts';
import { servePlatform } from '../../src/entrypoints/simulate-platform.ts';
import { MEMBERS, type SeededWorld } from './seeded-world.ts';

/** One session as a charge point tells it over the wire: minutes and energies from its start. */
type Plan = {
  readonly identity: string; readonly evseNumber: 1 | 2; readonly token: string; readonly startedAt: Instant; readonly minutes: number; readonly powerW: number; readonly registerWh: number;
  /** What is wrong with it. `open` never ends; `gap` says nothing for a while; `reset` and `zero_first` are the meter's. */
  readonly fault: 'none' | 'open' | 'gap' | 'reset' | 'zero_first';
};
const READING_EVERY_MINUTES = 3;
const CALL_MS_MAX = 20_000;

/** A day of charging, with a gap, a reset, a register that said 0 first, and sessions that go on. Everything goes through the real gateway. */
export async function seedSessions(database: Database, world: SeededWorld, clock: Clock): Promise<void> {
  registers.clear();
  await topUpMembers(database, world, clock);
  const platform = await servePlatform(database);
  try {
    const plans = sessionPlans(world, clock.now());
    for (const identity of new Set(plans.map((plan) => plan.identity))) {
      const point = await connect(`${platform.url}/${identity}`);
      await point.call('BootNotification', { chargePointVendor: identity.includes('ND') ? 'Kelvin Power' : 'Ampere', chargePointModel: identity.includes('ND') ? 'DC-120' : 'Duo 60', firmwareVersion: '2.7.1', chargePointSerialNumber: `SN-${identity.slice(-5)}` });
      const own = plans.filter((each) => each.identity === identity).sort((a, b) => a.startedAt - b.startedAt);
      for (const plan of own) await live(point, plan);
      await point.close();
    }
    await platform.caughtUp();
  } finally {
    await platform.close();
  }
}

async function topUpMembers(database: Database, { operatorId }: SeededWorld, clock: Clock): Promise<void> {
  await database.forOperator(operatorId).transaction(async (tx) => {
    for (const [index, { token }] of MEMBERS.entries()) {
      const found = await findMemberByToken(tx, token);
      assert.ok(found);
      const topUp = await topUpAtCashDesk(tx, { commandId: newUuid(), memberId: found.memberId as MemberId, amountMinor: BigInt([50_000, 30_000, 500_000, 20_000, 100_000, 15_000][index]!), actor: 'seed', note: null }, { clock });
      assert.ok(topUp.ok);
    }
  });
}

function sessionPlans({ stations }: SeededWorld, now: Instant): Plan[] {
  const points = stations.flatMap((station) => station.chargePoints);
  const plans: Plan[] = [];
  for (const [index, { identity }] of points.entries()) {
    for (let round = 0; round < 3; round++) {
      const minutes = 38 + ((index * 17 + round * 29) % 60);
      const startedAt = addMs(now, -(24 * 60 - 30 - round * 470 - ((index * 37) % 300)) * MS_PER_MINUTE);
      plans.push({ identity, evseNumber: (index + round) % 2 === 0 ? 1 : 2, token: MEMBERS[(index + round) % MEMBERS.length]!.token, startedAt, minutes, powerW: 28_000 + ((index * 7 + round * 5) % 9) * 3_500, registerWh: 1_250_000 + index * 91_337 + round * 60_000, fault: 'none' });
    }
  }
  const [first, second, third, fourth] = points;
  assert.ok(first && second && third && fourth);
  const odd = (identity: string, hoursAgo: number, fault: Plan['fault'], memberIndex: number): Plan =>
    ({ identity, evseNumber: 2, token: MEMBERS[memberIndex]!.token, startedAt: addMs(now, -hoursAgo * 60 * MS_PER_MINUTE), minutes: 96, powerW: 42_000, registerWh: 8_400_000, fault });
  plans.push(odd(first.identity, 3.4, 'reset', 0), odd(second.identity, 3.1, 'gap', 1), odd(third.identity, 3.6, 'zero_first', 3));
  for (const [index, { identity }] of points.slice(4, 11).entries()) {
    plans.push({ identity, evseNumber: 1, token: MEMBERS[index % MEMBERS.length]!.token, startedAt: addMs(now, -(22 + index * 4) * MS_PER_MINUTE), minutes: 20 + index * 4, powerW: 31_000 + index * 3_900, registerWh: 3_700_000 + index * 50_000, fault: 'open' });
  }
  return plans.filter((plan, index) => !plans.some((other, at) => at > index && other.identity === plan.identity && other.evseNumber === plan.evseNumber && overlap(plan, other)));
}

const overlap = (a: Plan, b: Plan): boolean => a.startedAt < addMs(b.startedAt, (b.minutes + 10) * MS_PER_MINUTE) && b.startedAt < addMs(a.startedAt, (a.minutes + 10) * MS_PER_MINUTE);
const iso = (plan: Plan, minutes: number): string => new Date(plan.startedAt + minutes * MS_PER_MINUTE).toISOString();

/** Power rises, holds and tapers like a battery takes it. */
const powerAt = (plan: Plan, minute: number): number => Math.round(plan.powerW * Math.min(1, (minute + 2) / 6) * (minute > plan.minutes * 0.7 ? Math.max(0.25, 1 - (minute - plan.minutes * 0.7) / (plan.minutes * 0.45)) : 1));

/** A session begins where the meter of its connector stood when the last one ended. */
const registers = new Map<string, number>();

async function live(point: ChargePointClient, told: Plan): Promise<void> {
  const meter = `${told.identity}/${told.evseNumber}`;
  const plan: Plan = { ...told, registerWh: registers.get(meter) ?? told.registerWh };
  const { evseNumber: connectorId, token: idTag, fault } = plan;
  await point.call('StatusNotification', { connectorId, status: 'Charging', errorCode: 'NoError', timestamp: iso(plan, 0) });
  const meterStart = fault === 'zero_first' ? 0 : plan.registerWh;
  const { transactionId } = await point.call('StartTransaction', { connectorId, idTag, meterStart, timestamp: iso(plan, 0) }) as { transactionId: number };
  let drawnWh = 0;
  for (let minute = READING_EVERY_MINUTES; minute < plan.minutes; minute += READING_EVERY_MINUTES) {
    drawnWh += (powerAt(plan, minute) * READING_EVERY_MINUTES) / 60;
    if (fault === 'gap' && minute > plan.minutes * 0.35 && minute < plan.minutes * 0.65) continue;
    const register = Math.round(fault === 'reset' && minute > plan.minutes * 0.55 ? drawnWh - drawnAtReset(plan) : plan.registerWh + drawnWh);
    await point.call('MeterValues', { connectorId, transactionId, meterValue: [{ timestamp: iso(plan, minute), sampledValue: [
      { value: String(Math.max(0, register)), measurand: 'Energy.Active.Import.Register', unit: 'Wh' }, { value: String(powerAt(plan, minute)), measurand: 'Power.Active.Import', unit: 'W' },
      { value: String(Math.min(99, Math.round(22 + (minute / plan.minutes) * 66))), measurand: 'SoC', unit: 'Percent' },
    ] }] });
  }
  if (fault === 'open') return;
  registers.set(meter, Math.round(fault === 'reset' ? drawnWh - drawnAtReset(plan) : plan.registerWh + drawnWh));
  const meterStop = Math.round(fault === 'reset' ? drawnWh - drawnAtReset(plan) : plan.registerWh + drawnWh);
  await point.call('StopTransaction', { transactionId, idTag, meterStop, timestamp: iso(plan, plan.minutes), reason: 'Local' });
  await point.call('StatusNotification', { connectorId, status: 'Available', errorCode: 'NoError', timestamp: iso(plan, plan.minutes) });
}

function drawnAtReset(plan: Plan): number {
  let drawnWh = 0;
  for (let minute = READING_EVERY_MINUTES; minute <= plan.minutes * 0.55; minute += READING_EVERY_MINUTES) drawnWh += (powerAt(plan, minute) * READING_EVERY_MINUTES) / 60;
  return drawnWh;
}

type ChargePointClient = { call(action: string, payload: object): Promise<unknown>; close(): Promise<void> };

/** OCPP-J as little as is needed: one call at a time, answers by message id. */
async function connect(url: string): Promise<ChargePointClient> {
  const socket = new WebSocket(url, 'ocpp1.6');
  const waiting = new Map<string, (answer: unknown) => void>();
  socket.on('message', (data) => {
    const [, messageId, payload] = JSON.parse(String(data)) as [number, string, unknown];
    waiting.get(messageId)?.(payload);
    waiting.delete(messageId);
  });
  await new Promise<void>((resolve, reject) => { socket.once('open', () => resolve()); socket.once('error', reject); });
  return {
    call: (action, payload) => new Promise((resolve, reject) => {
      const messageId = newUuid();
      const timer = setTimeout(() => reject(new Error(`${action} was not answered`)), CALL_MS_MAX);
      waiting.set(messageId, (answer) => { clearTimeout(timer); resolve(answer); });
      socket.send(JSON.stringify([2, messageId, action, payload]));
    }),
    close: () => new Promise((resolve) => { socket.once('close', () => resolve()); socket.close(1000); }),
  };
}
