import { useCallback } from 'react';
import { loadSessionFrames } from '../../api/charging.ts';
import type { OcppFrame } from '../../api/gateway.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useKeyset } from '../../ui/keyset.ts';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { Frames } from './frames.tsx';

/** Every frame that speaks of this session, in the order in which they came. */
export function SessionFrames({ sessionId, timeZone }: { sessionId: string; timeZone: string }) {
  const t = useTranslate();
  const load = useCallback((cursor: string | undefined) => loadSessionFrames(sessionId, cursor), [sessionId]);
  const list = useKeyset<OcppFrame>(['sessions', sessionId, 'frames'], load);
  return <Frames frames={list.rows} timeZone={timeZone} loading={list.loading} more={list.more} empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('frame.none')} hint={t('frame.none.hint')} />} />;
}
