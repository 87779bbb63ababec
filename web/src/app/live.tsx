import { useEffect, useSyncExternalStore } from 'react';
import { useTranslate } from '../i18n/index.ts';
import { formatTime } from '../format/time.ts';

/** A fact that the server has just told: its type and the ids it names. */
export type LiveEvent = { readonly type: string; readonly at: number; readonly data: Readonly<Record<string, unknown>> };
type Connection = { readonly state: 'connecting' | 'live' | 'stale'; readonly since: number };

const EVENTS_PATH = '/api/v1/events';
const RECONNECT_MS = 3_000;
const listeners = new Set<(event: LiveEvent) => void>();
const watchers = new Set<() => void>();
let connection: Connection = { state: 'connecting', since: Date.now() };

function become(state: Connection['state']): void {
  if (connection.state === state) return;
  connection = { state, since: Date.now() };
  for (const watcher of watchers) watcher();
}

/** Opens the stream of events while somebody is logged in. @returns how to close it. */
export function openLiveStream(types: readonly string[] = []): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hear = (message: MessageEvent<string>) => {
    let data: unknown;
    try { data = JSON.parse(message.data); } catch { return; } // A comment or a keep-alive is no event.
    const fields = typeof data === 'object' && data !== null ? data as Record<string, unknown> : {};
    const event: LiveEvent = { type: message.type === 'message' && typeof fields.type === 'string' ? fields.type : message.type, at: Date.now(), data: fields };
    for (const listener of listeners) listener(event);
  };
  const open = () => {
    source = new EventSource(EVENTS_PATH);
    source.onopen = () => become('live');
    source.onmessage = hear;
    for (const type of types) source.addEventListener(type, hear);
    source.onerror = () => {
      become('stale');
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, RECONNECT_MS); // The browser gives up on an error answer; we do not.
    };
  };
  open();
  return () => { clearTimeout(timer); source?.close(); };
}

/** Calls back for every live event of the given types (or of all). */
export function useLive(listener: (event: LiveEvent) => void): void {
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
