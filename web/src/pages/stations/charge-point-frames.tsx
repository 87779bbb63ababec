import { useTranslate } from '../../i18n/index.ts';
import { Card } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { Frames } from '../bill/frames.tsx';

export function ChargePointFrames({ timeZone }: { chargePointId: string; timeZone: string }) {
  const t = useTranslate();
  return <Card flush><Frames frames={[]} timeZone={timeZone} loading={false} empty={<Empty title={t('frame.none')} hint={t('frame.none.hint')} />} /></Card>;
}
