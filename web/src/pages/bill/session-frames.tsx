import { useCallback } from 'react';
import type { SessionDetail } from '../../api/charging.ts';
import { loadFramesOf, type OcppFrame } from '../../api/gateway.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useKeyset } from '../../ui/keyset.ts';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { Frames } from './frames.tsx';

/** Every frame that speaks of this session, in the order in which they came. */
export function SessionFrames({ session }: { session: SessionDetail }) {
  const t = useTranslate();
  const sequences = session.frameSequences.join(',');
  const load = useCallback((cursor: string | undefined) => loadFramesOf(sequences === '' ? [] : sequences.split(','), cursor), [sequences]);
  const list = useKeyset<OcppFrame>(['frames', session.sessionId, sequences], load);
  return <Frames frames={list.rows} timeZone={session.timeZone} loading={list.loading} more={list.more} empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('frame.none')} hint={t('frame.none.hint')} />} />;
}
