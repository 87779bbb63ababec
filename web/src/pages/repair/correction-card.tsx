import type { Bill } from '../../api/charging.ts';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { Card, Facts, Figure, Figures } from '../../ui/page.tsx';
import { EvidenceWords } from './words.tsx';

/** What a correction changed, and why: the old figures beside the new ones. */
export function CorrectionCard({ correction, held, timeZone }: { correction: NonNullable<Bill['correction']>; held: boolean; timeZone: string }) {
  const t = useTranslate();
  // A bill that is held again charges nothing because nobody knows what is true, not because nothing was drawn.
  const heldAgain = held && correction.change !== 'corrected';
  const figure = (label: string, energyWh: string, total: { amountMinor: string; currency: string }) =>
    <Figure label={label} value={formatMinor(total.amountMinor, total.currency)} unit={total.currency} note={`${formatKwh(energyWh)} kWh`} />;
  return (
    <Card title={t('repair.change')} label={t('repair.change')}>
      <Figures>{figure(t('repair.change.before'), correction.oldEnergyWh, correction.oldTotal)}{heldAgain ? <Figure label={t('repair.change.after')} value={t('session.held')} words /> : figure(t('repair.change.after'), correction.newEnergyWh, correction.newTotal)}</Figures>
      <Facts rows={[
        [t('repair.change.why'), correction.reason],
        correction.source !== null && [t('repair.change.source'), t(`repair.source.${correction.source}`)],
        correction.why !== null && [t('repair.evidence'), <EvidenceWords key="w" prefix="repair.why" evidence={correction.why} timeZone={timeZone} />],
        [t('repair.change.by'), `${t(correction.decidedBy === 'policy' ? 'repair.change.policy' : 'repair.change.person')} · ${formatDateTime(correction.recordedAt, timeZone, true)} · ${translateCode(t, 'repair.change', correction.change)}`],
      ]} />
    </Card>
  );
}
