import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { loadNotifyAddresses, type AttemptState, type ChannelKind, type NotifyAddress, type OrderState } from '../api/payments.ts';
import type { RefundPartState, RefundState } from '../api/refunds.ts';
import type { Money } from '../api/types.ts';
import { formatMinor } from '../format/number.ts';
import { translateCode, useTranslate } from '../i18n/index.ts';
import { State, type Tone } from './state.tsx';

const ORDER_TONES: Readonly<Record<OrderState, Tone>> = { created: 'neutral', awaiting_payment: 'live', closing: 'warn', paid: 'good', closed: 'neutral', expired: 'neutral' };
const ATTEMPT_TONES: Readonly<Record<AttemptState, Tone>> = { created: 'neutral', unknown: 'warn', open: 'live', user_paying: 'live', closing: 'warn', reversing: 'warn', paid: 'good', closed: 'neutral', failed: 'bad', reversed: 'neutral' };
const REFUND_TONES: Readonly<Record<RefundState, Tone>> = { applied: 'warn', approved: 'live', executing: 'live', refunded: 'good', partly_refunded: 'warn', failed: 'bad', rejected: 'neutral', withdrawn: 'neutral' };
const PART_TONES: Readonly<Record<RefundPartState, Tone>> = { planned: 'neutral', submitted: 'live', unknown: 'warn', processing: 'live', succeeded: 'good', abnormal: 'bad', failed: 'bad' };

export function OrderStateWord({ state }: { state: OrderState }) {
  const t = useTranslate();
  return <State tone={ORDER_TONES[state]} title={t(`pay.state.${state}.why`)}>{t(`pay.state.${state}`)}</State>;
}
export function AttemptStateWord({ state }: { state: AttemptState }) {
  const t = useTranslate();
  return <State tone={ATTEMPT_TONES[state]}>{t(`pay.attempt.${state}`)}</State>;
}
export function RefundStateWord({ state }: { state: RefundState }) {
  const t = useTranslate();
  return <State tone={REFUND_TONES[state]}>{t(`refund.state.${state}`)}</State>;
}
export function RefundPartWord({ state }: { state: RefundPartState }) {
  const t = useTranslate();
  return <State tone={PART_TONES[state]}>{t(`refund.part.${state}`)}</State>;
}

/** A channel by its name; the mark repeats the name's first letter and never stands alone. */
export function ChannelName({ channel }: { channel: ChannelKind | string }) {
  const t = useTranslate();
  return <span className="nowrap"><i className={`channel-mark ${channel}`} aria-hidden="true" />{translateCode(t, 'channel', channel)}</span>;
}

/** "12.50 CNY": for sentences; columns have the unit in their header. */
export const moneyText = ({ amountMinor, currency }: Money): string => `${formatMinor(amountMinor, currency)} ${currency}`;

export const useNotifyAddresses = (enabled = true) => useQuery({ queryKey: ['merchant-accounts', 'addresses'], queryFn: loadNotifyAddresses, staleTime: 60_000, enabled });

/** Merchant accounts by name, for whoever may see payments. */
export function useAccountName(): { readonly accounts: readonly NotifyAddress[]; readonly nameOf: (merchantAccountId: string) => string } {
  const { data } = useNotifyAddresses();
  const nameOf = useCallback((merchantAccountId: string) => data?.find((each) => each.merchantAccountId === merchantAccountId)?.name ?? merchantAccountId, [data]);
  return { accounts: data ?? [], nameOf };
}
