import { Type } from 'typebox';
import { assert, instant, money, type CurrencyCode } from '../../../kernel/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import { decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull, Page, pageQuery, toPage, type Api } from '../../../platform/http/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { OUTCOMES, VERDICTS } from '../inbox/notification.ts';
import { LOSS_REPORT_DAYS_MAX, lossReport, type LossDay, type Sum } from '../queries/loss-report.ts';
import { listNotifications, NOTIFICATION_SHOWS, type NotificationSeen } from '../queries/notifications.ts';
import { waitingChecks } from '../store/due-checks.ts';
import { notifyAddresses, PROBE_OUTCOMES, type NotifyAddress } from '../store/notify-probes.ts';

const tag = 'payments';
const DateJson = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', format: 'date', description: "The operator's calendar day." });
const SumJson = Type.Object({ count: Type.Integer(), amount: MoneyJson }, { title: 'CountAndMoney' });
const LossDayJson = Type.Object({
  date: DateJson, paid: SumJson, notificationsMissing: SumJson, recoveredByJob: SumJson, recoveredByClerk: SumJson, outstanding: SumJson,
  refused: Type.Object({ forged: Type.Integer(), stale: Type.Integer(), unreadable: Type.Integer(), wrongEnvironment: Type.Integer() }, { title: 'RefusedNotifications' }), mismatched: Type.Integer(),
  lostPerThousand: NullOr(Type.Number({ description: 'Paid orders of a thousand that had to be looked for.' })), lostPerThousandBefore: NullOr(Type.Number({ description: 'The same over the seven days before.' })),
}, { title: 'PaymentLossDay' });
const NotificationJson = Type.Object({
  notificationId: IdJson('ntf'), merchantAccountId: IdJson('mch'), receivedAt: InstantJson, remoteAddress: NullOr(Type.String()), verdict: Type.Enum([...VERDICTS], { title: 'NotificationVerdict' }), why: NullOr(Type.String()),
  kind: NullOr(Type.Enum(['payment', 'refund', 'other'], { title: 'NotificationKind' })), number: NullOr(Type.String()), outcome: NullOr(Type.Enum([...OUTCOMES], { title: 'NotificationOutcome' })),
  paymentOrderId: NullOr(IdJson('pay')), tries: Type.Integer(), lastError: NullOr(Type.String()), settledAt: NullOr(InstantJson),
}, { title: 'PaymentNotification' });
const AddressJson = Type.Object({
  merchantAccountId: IdJson('mch'), name: Type.String(), channel: Type.String(), lastReceivedAt: NullOr(InstantJson), lastVerifiedAt: NullOr(InstantJson),
  probe: NullOr(Type.Object({
    address: Type.String(), sentAt: InstantJson, outcome: NullOr(Type.Enum([...PROBE_OUTCOMES], { title: 'NotifyProbeOutcome' })), httpStatus: NullOr(Type.Integer()), detail: NullOr(Type.String()),
  }, { title: 'NotifyProbe' })),
}, { title: 'NotifyAddress' });

const WaitingJson = Type.Object({
  merchantAccountId: IdJson('mch'), waiting: Type.Integer({ description: 'Attempts whose channel is asked again.' }), due: Type.Integer({ description: 'Of those, the turn has come.' }),
  overdue: Type.Integer({ description: 'Of those, it came more than two minutes ago.' }), oldestAt: NullOr(InstantJson), nextAt: NullOr(InstantJson),
}, { title: 'WaitingChecks' });

export function registerLossRoutes(api: Api): void {
  api.route({
    method: 'GET', path: '/payment-checks', operationId: 'listPaymentChecks', tag, summary: 'What waits for an answer of each channel: how much, how much of it is due and overdue',
    permission: 'payments:read', audience: 'operator', response: Type.Object({ items: Type.Array(WaitingJson) }),
    handler: async (tx, call) => ({
      items: (await waitingChecks(tx, call.principal.operatorId, call.clock.now())).map(({ merchantAccountId, oldestAt, nextAt, ...counts }) => ({
        ...counts, merchantAccountId: idToJson('mch', merchantAccountId), oldestAt: orNull(oldestAt, instantToJson), nextAt: orNull(nextAt, instantToJson),
      })),
    }),
  });
  api.route({
    method: 'GET', path: '/payment-losses', operationId: 'listPaymentLosses', tag, summary: 'Lost payments day by day: what was missing, who found it, what is outstanding, and the trend',
    description: `At most ${LOSS_REPORT_DAYS_MAX} days, both ends included.`, permission: 'payments:read', audience: 'operator',
    query: Type.Object({ from: DateJson, to: DateJson }), response: Type.Object({ items: Type.Array(LossDayJson) }), errors: ['recovery_span_invalid'],
    handler: async (tx, call) => {
      const { from, to } = call.query;
      const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
      if (!(days >= 1 && days <= LOSS_REPORT_DAYS_MAX)) throw problem('recovery_span_invalid', { data: { daysMax: LOSS_REPORT_DAYS_MAX } });
      const { currency, timeZone } = await loadOperator(tx);
      return { items: (await lossReport(tx, call.principal.operatorId, { timeZone, from, to, clock: call.clock })).map((day) => dayToJson(day, currency)) };
    },
  });
  api.route({
    method: 'GET', path: '/payment-notifications', operationId: 'listPaymentNotifications', tag, summary: 'What channels sent, newest first, with what became of it',
    description: 'refused: forged, stale, unreadable or of another environment. waiting: not worked yet. troubled: worked, and not simply credited.',
    permission: 'payments:read', audience: 'operator', response: Page(NotificationJson),
    query: Type.Object({ ...pageQuery, show: Type.Enum([...NOTIFICATION_SHOWS], { title: 'NotificationShow', default: 'all' }), paymentOrderId: Type.Optional(IdJson('pay')) }),
    handler: async (tx, call) => {
      const { limit, show } = call.query, cursor = decodeCursor(call.query.cursor, ['number', 'uuid']);
      const rows = await listNotifications(tx, call.principal.operatorId, {
        show, orderId: orNull(call.query.paymentOrderId ?? null, (id) => idFromJson('pay', id, 'validation_failed')),
        after: cursor === null ? null : { receivedAt: instant(cursor[0]), notificationId: cursor[1] }, countMax: limit + 1,
      });
      return toPage(rows, limit, notificationToJson, (row) => [row.receivedAt, row.notificationId]);
    },
  });
  api.route({
    method: 'GET', path: '/notify-addresses', operationId: 'listNotifyAddresses', tag, summary: "Each merchant account's notify address: when the last notification arrived, and whether our own probe does",
    permission: 'payments:read', audience: 'operator', response: Type.Object({ items: Type.Array(AddressJson) }),
    handler: async (tx) => ({ items: (await notifyAddresses(tx)).map(addressToJson) }),
  });
}

function dayToJson({ date, refused, mismatched, lostPerThousand, lostPerThousandBefore, ...sums }: LossDay, currency: CurrencyCode) {
  const sum = ({ count, amountMinor }: Sum) => ({ count, amount: moneyToJson(money(amountMinor, currency)) });
  assert(/^\d{4}-\d{2}-\d{2}$/.test(date), 'a day is a date');
  return {
    date, refused, mismatched, lostPerThousand, lostPerThousandBefore, paid: sum(sums.paid), notificationsMissing: sum(sums.notificationsMissing), recoveredByJob: sum(sums.recoveredByJob),
    recoveredByClerk: sum(sums.recoveredByClerk), outstanding: sum(sums.outstanding),
  };
}

const notificationToJson = ({ notificationId, merchantAccountId, orderId, ...row }: NotificationSeen) => ({
  ...row, notificationId: idToJson('ntf', notificationId), merchantAccountId: idToJson('mch', merchantAccountId), paymentOrderId: orNull(orderId, (id) => idToJson('pay', id)),
  receivedAt: instantToJson(row.receivedAt), settledAt: orNull(row.settledAt, instantToJson),
});

const addressToJson = ({ merchantAccountId, name, channel, lastReceivedAt, lastVerifiedAt, probe }: NotifyAddress) => ({
  merchantAccountId: idToJson('mch', merchantAccountId), name, channel, lastReceivedAt: orNull(lastReceivedAt, instantToJson), lastVerifiedAt: orNull(lastVerifiedAt, instantToJson),
  probe: orNull(probe, ({ sentAt, ...seen }) => ({ ...seen, sentAt: instantToJson(sentAt) })),
});
