import type { MerchantAccount } from '../../api/channels.ts';
import { useTranslate } from '../../i18n/index.ts';
import { State } from '../../ui/state.tsx';

export function BreakerWord({ health }: { health: MerchantAccount['health'] }) {
  const t = useTranslate();
  if (health === null) return <State tone="neutral">{t('mch.breaker.none')}</State>;
  const { breaker } = health;
  return <State tone={breaker === 'closed' ? 'good' : breaker === 'open' ? 'bad' : 'warn'} title={health.lastFailure ?? undefined}>{t(`mch.breaker.${breaker}`)}</State>;
}

export function ProbeWord({ probe }: { probe: MerchantAccount['probe'] }) {
  const t = useTranslate();
  if (probe === null) return <State tone="neutral">{t('mch.probe.never')}</State>;
  return <State tone={probe.outcome === 'confirmed' ? 'good' : probe.outcome === 'refused' ? 'bad' : 'warn'} title={probe.message ?? undefined}>{t(`mch.probe.${probe.outcome}`)}</State>;
}

export function NotifyProbeWord({ probe }: { probe: MerchantAccount['notifyProbe'] }) {
  const t = useTranslate();
  if (probe === null) return <State tone="neutral">{t('mch.probe.never')}</State>;
  return <State tone={probe.outcome === 'arrived' ? 'good' : probe.outcome === null ? 'live' : 'bad'} title={probe.address}>{t(`mch.notifyProbe.${probe.outcome ?? 'waiting'}`)}</State>;
}
