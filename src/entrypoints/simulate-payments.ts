import { createOperator } from '../modules/parties/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import type { Database } from '../platform/database/index.ts';
import type { Logger } from '../platform/logging/index.ts';
import { openPaymentDesk } from './payment-desk.ts';
import { plainTable } from './replay-outcome.ts';
import { auditSummary, type AuditSummary } from './simulate-audit.ts';
import { paymentBooks } from './simulate-payments-books.ts';
import { comparePayments, countPaymentFaults, PAYMENT_VERDICTS, type PaymentComparison, type PaymentVerdict } from './simulate-payments-compare.ts';
import { openPromotions } from './simulate-payments-gifts.ts';
import { livePayments, settleDays, type PaymentPlan } from './simulate-payments-live.ts';

/** Repeats of notifications, late ones and slow answers take a thousandth of their time; days are passed. */
const TIME_FACTOR = 0.001;
/** An answer that was lost on purpose is waited for so long; every other one has its time on a busy machine. */
const LIMITS = { timeoutMs: 5_000, concurrencyMax: 64, waitMsMax: 60_000, callsPerSecondMax: 1_000, burstMax: 2_000, breakerFailures: 1_000 } as const;
const SHOWN_MAX = 20;

export type PaymentSimulation = {
  readonly comparison: PaymentComparison; readonly audit: AuditSummary; readonly orders: number; readonly refunds: number; readonly cashbacks: number; readonly coupons: number; readonly days: number; readonly breaks: number;
  /** What a fault did that is no trade's: to an answer, to a notification. */
  readonly faults: Readonly<Record<string, number>>;
  readonly liveSeconds: number; readonly seconds: number; readonly good: boolean;
};

/** Lives orders with every fault at simulated channels over the wire, then compares every fen with what the channels say, and audits. The same seed gives the same people and faults. */
export async function simulatePayments(database: Database, plan: PaymentPlan, { onProgress, logger }: { readonly onProgress: (orders: number) => void; readonly logger?: Logger }): Promise<PaymentSimulation> {
  const startedAt = performance.now();
  const created = await createOperator(database, { code: `payments-${newUuid().slice(-12)}`, name: `Payments ${plan.seed}`, currency: 'CNY', timeZone: 'Asia/Shanghai' });
  if (!created.ok) throw new Error(created.error.code);
  const desk = await openPaymentDesk(database, { operatorId: created.value, environment: 'D', seed: plan.seed, timeFactor: TIME_FACTOR, limits: LIMITS, ...(logger ? { logger } : {}) });
  try {
    await openPromotions(desk);
    const members = await livePayments(desk, plan, onProgress);
    const liveSeconds = (performance.now() - startedAt) / 1_000;
    const { faults } = await desk.wallet.ask<{ faults: Record<string, number> }>('counts');
    const days = await settleDays(desk, await desk.wallet.truth());
    await desk.quiet();
    const books = await paymentBooks(desk, members);
    const comparison = comparePayments(await desk.wallet.truth(), books);
    const audit = await auditSummary({ database }, created.value);
    return {
      comparison, audit, orders: books.orders.length, refunds: books.parts.length, cashbacks: books.gifts.cashback.length, coupons: books.gifts.coupons.reduce((sum, { coupons }) => sum + coupons, 0), days, breaks: books.breaks.length, faults, liveSeconds, seconds: (performance.now() - startedAt) / 1_000,
      good: audit.balanced && comparison.problems.length === 0 && comparison.payments.length > 0 && comparison.payments.every(({ verdict }) => verdict !== 'wrong'),
    };
  } finally {
    await desk.close();
  }
}

export function paymentSimulationText({ seed }: PaymentPlan, { comparison: { payments, problems }, audit, orders, refunds, cashbacks, coupons, days, breaks, faults, liveSeconds, seconds }: PaymentSimulation): string {
  const count = (verdict: PaymentVerdict): number => payments.filter((each) => each.verdict === verdict).length;
  const told = new Set(payments.flatMap((payment) => payment.faults));
  return [
    plainTable(['fault', 'payments', ...PAYMENT_VERDICTS], countPaymentFaults(payments).map((row) => [row.fault, row.payments, ...PAYMENT_VERDICTS.map((verdict) => row[verdict])])), '',
    plainTable(['fault of a call, a refund or a statement', 'times'], Object.entries(faults).filter(([fault]) => !told.has(fault)).sort(([a], [b]) => (a < b ? -1 : 1))), '',
    ...payments.filter(({ verdict }) => verdict === 'wrong').slice(0, SHOWN_MAX).map(({ outTradeNo, faults: own, why }) => `WRONG ${outTradeNo} (${own.join(' + ') || 'no fault'}): ${why ?? ''}`),
    ...problems.slice(0, SHOWN_MAX).map((problem) => `WRONG ${problem}`), ...(problems.length > SHOWN_MAX ? [`and ${problems.length - SHOWN_MAX} more`] : []),
    `seed ${seed}: ${orders} orders, ${payments.length} payments at the channels, ${refunds} refunds, ${cashbacks} top-ups with cashback, ${coupons} coupons; ${PAYMENT_VERDICTS.map((verdict) => `${count(verdict)} ${verdict}`).join(', ')}; ${problems.length} differences`,
    `${days} days of accounts settled, with ${breaks} breaks; lived in ${liveSeconds.toFixed(1)} s (${(orders / liveSeconds).toFixed(1)} orders/s), ${seconds.toFixed(1)} s in all`, '',
    ...audit.lines,
  ].join('\n');
}
