import { translateCode, useTranslate } from '../i18n/index.ts';
import { State, type Tone } from './state.tsx';

const STATUS_TONES: Readonly<Record<string, Tone>> = {
  Available: 'good', Charging: 'live', Occupied: 'live', Preparing: 'live', Finishing: 'live', SuspendedEV: 'warn', SuspendedEVSE: 'warn', Reserved: 'neutral', Unavailable: 'warn', Faulted: 'bad',
};

/** A connector's status in words; OCPP's own word stays in the tooltip. A charge point that is not connected is offline whatever it said last. */
export function ConnectorStatus({ status, connected = true, errorCode }: { status: string | null; connected?: boolean; errorCode?: string | null | undefined }) {
  const t = useTranslate();
  if (!connected) return <State tone="neutral" title={status ?? undefined}>{t('status.offline')}</State>;
  if (status === null) return <State tone="neutral">{t('status.never')}</State>;
  const fault = errorCode && errorCode !== 'NoError' ? ` · ${errorCode}` : '';
  return <State tone={STATUS_TONES[status] ?? 'neutral'} title={`${status}${fault}`}>{translateCode(t, 'status', status)}{fault}</State>;
}

export type SessionStateParts = { readonly state: 'active' | 'ended'; readonly held: boolean; readonly decision: string; readonly flagCauses: readonly string[] };

/** What became of a session, in words. */
export function SessionState({ state, held, decision, flagCauses }: SessionStateParts) {
  const t = useTranslate();
  if (decision !== 'accepted' && state === 'active') return <State tone="warn" title={translateCode(t, 'decision', decision)}>{t('session.refused')}</State>;
  if (state === 'active') return <State tone="live">{t('session.active')}</State>;
  if (held) return <State tone="bad" title={flagCauses.map((cause) => translateCode(t, 'flag', cause)).join(', ')}>{t('session.held')}</State>;
  return <State tone="good">{flagCauses.length > 0 ? t('session.billedWithNote') : t('session.billed')}</State>;
}
