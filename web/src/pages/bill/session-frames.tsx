import { useTranslate } from '../../i18n/index.ts';
import { Empty } from '../../ui/problem-view.tsx';
import { Frames } from './frames.tsx';

export function SessionFrames({ timeZone }: { sessionId: string; timeZone: string }) {
  const t = useTranslate();
  return <Frames frames={[]} timeZone={timeZone} loading={false} empty={<Empty title={t('frame.none')} hint={t('frame.none.hint')} />} />;
}
