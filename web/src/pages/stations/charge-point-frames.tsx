import { useCallback } from 'react';
import { loadFrames, type OcppFrame } from '../../api/gateway.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { Frames } from '../bill/frames.tsx';

/** What was said over the wire, newest first, renewed while it is looked at. */
const REFRESH_MS = 10_000;

export function ChargePointFrames({ chargePointId, timeZone }: { chargePointId: string; timeZone: string }) {
  const t = useTranslate();
  const load = useCallback((cursor: string | undefined) => loadFrames(chargePointId, cursor), [chargePointId]);
  const list = useKeyset<OcppFrame>(['frames', chargePointId], load, REFRESH_MS);
  return (
    <Card flush><Frames frames={list.rows} timeZone={timeZone} loading={list.loading} more={list.more}
      empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('frame.none')} hint={t('frame.none.hint')} />} /></Card>
  );
}
