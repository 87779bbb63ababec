import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { useTranslate } from '../i18n/index.ts';
import { formatTime } from '../format/time.ts';

type Connection = { readonly state: 'connecting' | 'live' | 'stale'; readonly since: number };

const EVENTS_PATH = '/api/v1/events';
const RECONNECT_MS = 3_000;
/** What changes many times a second is read again at most this often. */
const RENEW_EVERY_MS = 1_500;
const OPENED = 'live.opened';

/** Which reads a topic makes stale: the first part of their query keys. */
const STALE_BY_TOPIC: Readonly<Record<string, readonly string[]>> = {
  'charging.sessions': ['sessions', 'overview'], 'charging.bills': ['sessions', 'overview', 'wallets'], 'locations.charge_points': ['charge-points', 'stations', 'overview'],
  'locations.stations': ['stations'], 'members': ['members'], 'wallets.balances': ['wallets', 'overview'], 'wallets.coupons': ['coupons'], 'tariffs': ['tariffs'], 'ledger.books': ['books'],
  'ocpp_gateway.connections': ['charge-points', 'overview'], 'ocpp_gateway.commands': ['commands'], 'approvals': ['approvals'], 'access.users': ['users'],
  'payments.orders': ['payment-orders', 'recovery', 'wallets'], 'payments.recovery': ['recovery'], 'payments.refunds': ['refunds', 'payment-orders', 'wallets'], 'reconciliation.days': ['reconciliation'],
  'reporting.reports': ['reports'], 'reporting.statements': ['statements'], 'reporting.exports': ['report-exports'], 'parties.vehicles': ['vehicles', 'fleets'],
  'conformance.scores': ['makes'], 'conformance.packs': ['evidence-packs'],
  'charging.backtests': ['rules'],
  'imports.progress': ['session-imports'], 'cases': ['support-cases'],
  'repair.cases': ['repair-cases', 'sessions', 'statements'], 'repair.bulk_runs': ['bulk-repairs', 'repair-cases'],
};
/** Lists that keep their rows still: they listen themselves, tick their values and say "n new" (ui/live-list.ts). */
const STILL_LISTS = 'list';

const listeners = new Set<(topic: string) => void>();
const watchers = new Set<() => void>();
let connection: Connection = { state: 'connecting', since: Date.now() };

function become(state: Connection['state']): void {
  if (connection.state === state) return;
  connection = { state, since: Date.now() };
  for (const watcher of watchers) watcher();
}

function openStream(hear: (topic: string) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(EVENTS_PATH);
    source.onopen = () => become('live');
    source.onmessage = (message: MessageEvent<string>) => {
      const { type } = JSON.parse(message.data) as { type?: unknown };
      if (typeof type === 'string') hear(type);
    };
    source.onerror = () => {
      become('stale');
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, RECONNECT_MS); // A browser gives up on an error answer; we do not.
    };
  };
  open();
  return () => { clearTimeout(timer); source?.close(); };
}

/** Renews what is stale, once per moment however many events name it. */
function renewer(queries: QueryClient): { stale: (topic: string) => void; stop: () => void } {
  const waiting = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const renew = () => {
    timer = undefined;
    const parts = [...waiting];
    waiting.clear();
    void queries.invalidateQueries({ predicate: ({ queryKey }) => parts.includes(String(queryKey[0])) && queryKey[1] !== STILL_LISTS });
  };
  return {
    stale: (topic) => {
      for (const part of topic === OPENED ? new Set(Object.values(STALE_BY_TOPIC).flat()) : STALE_BY_TOPIC[topic] ?? []) waiting.add(part);
      timer ??= setTimeout(renew, RENEW_EVERY_MS);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Keeps everything on screen live while somebody is logged in. */
export function useLiveStream(userId: string | undefined): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (userId === undefined) return;
    const { stale, stop } = renewer(queries);
    let opened = false;
    const close = openStream((topic) => {
      // The first opening follows the first reads; later ones follow a gap, in which anything may have changed.
      if (topic !== OPENED || opened) { stale(topic); for (const listener of listeners) listener(topic); }
      if (topic === OPENED) opened = true;
    });
    return () => { close(); stop(); };
  }, [queries, userId]);
}

/** Calls back for each live topic. */
export function useLiveTopic(listener: (topic: string) => void): void {
  useEffect(() => {
    listeners.add(listener);
    return () => { listeners.delete(listener); };
  }, [listener]);
}

export function useConnection(): Connection {
  return useSyncExternalStore((watcher) => { watchers.add(watcher); return () => watchers.delete(watcher); }, () => connection);
}

/** "Live", or since when what is shown is stale. */
export function LiveIndicator() {
  const t = useTranslate();
  const { state, since } = useConnection();
  const text = state === 'live' ? t('live.on') : state === 'stale' ? t('live.off', { time: formatTime(since) }) : t('live.connecting');
  return <span className={state === 'live' ? 'live' : 'live stale'} role="status">{text}</span>;
}
