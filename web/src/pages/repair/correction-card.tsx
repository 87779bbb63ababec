import type { Bill } from '../../api/charging.ts';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { Card, Facts, Figure, Figures } from '../../ui/page.tsx';
import { EvidenceWords } from './words.tsx';

/** What a correction changed, and why: the old figures beside the new ones. */
export function CorrectionCard({ correction, timeZone }: { correction: NonNullable<Bill['correction']>; timeZone: string }) {
  const t = useTranslate();
  const figure = (label: string, energyWh: string, total: { amountMinor: string; currency: string }) =>
    <Figure label={label} value={formatMinor(total.amountMinor, total.currency)} unit={total.currency} note={`${formatKwh(energyWh)} kWh`} />;
  return (
    <Card title={t('repair.change')} label={t('repair.change')}>
      <Figures>{figure(t('repair.change.before'), correction.oldEnergyWh, correction.oldTotal)}{figure(t('repair.change.after'), correction.newEnergyWh, correction.newTotal)}</Figures>
      <Facts rows={[
        [t('repair.change.why'), correction.reason],
        correction.source !== null && [t('repair.change.source'), t(`repair.source.${correction.source}`)],
        correction.why !== null && [t('repair.evidence'), <EvidenceWords key="w" prefix="repair.why" evidence={correction.why} timeZone={timeZone} />],
        [t('repair.change.by'), `${t(correction.decidedBy === 'policy' ? 'repair.change.policy' : 'repair.change.person')} · ${formatDateTime(correction.recordedAt, timeZone, true)} · ${translateCode(t, 'repair.change', correction.change)}`],
      ]} />
    </Card>
  );
}
