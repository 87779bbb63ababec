import type { Finding } from '../../api/books.ts';
import { formatKwh } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { Card } from '../../ui/page.tsx';

const PARTS = [['billed', 'var(--k-valley)'], ['free', 'var(--k-flat)'], ['loss', 'var(--k-peak)'], ['unexplained', 'var(--k-sharp)']] as const;
type Part = (typeof PARTS)[number][0];
const NAMES: Readonly<Record<Part, readonly string[]>> = { billed: ['billedWh', 'billed'], free: ['freeWh', 'free'], loss: ['lossWh', 'lostWh', 'loss', 'lost'], unexplained: ['unexplainedWh', 'unexplained'] };

function figure(figures: Readonly<Record<string, string>>, names: readonly string[]): bigint | null {
  const name = names.find((each) => figures[each] !== undefined);
  return name === undefined ? null : BigInt(figures[name] ?? '0');
}

/** Metered = billed + free + loss + unexplained, as one bar; the last is listed and never plugged. */
export function EnergyBalance({ findings }: { findings: readonly Finding[] }) {
  const t = useTranslate();
  const figures = findings.find((finding) => finding.figures && figure(finding.figures, ['meteredWh', 'metered']) !== null)?.figures;
  if (!figures) return null;
  const metered = figure(figures, ['meteredWh', 'metered']) ?? 0n;
  const parts = PARTS.map(([part, color]) => ({ part, color, wattHours: figure(figures, NAMES[part]) ?? 0n }));
  const share = (wattHours: bigint): number => metered > 0n ? Number((wattHours * 10_000n) / metered) / 100 : 0;
  return (
    <Card title={t('books.energy')} extra={<span className="muted">{t('books.energy.text')}</span>}>
      <div style={{ display: 'flex', height: 28, borderRadius: 8, overflow: 'hidden', background: 'var(--k-neutral-soft)', gap: 1 }} role="img" aria-label={parts.map(({ part, wattHours }) => `${t(`books.energy.${part}`)} ${formatKwh(wattHours)} kWh`).join(', ')}>
        {parts.map(({ part, color, wattHours }) => wattHours > 0n && <div key={part} style={{ width: `${Math.max(share(wattHours), 0.4)}%`, background: color }} />)}
      </div>
      <div className="balance">
        <div><span className="muted">{t('books.energy.metered')}</span><b>{formatKwh(metered)}<small> kWh</small></b></div>
        {parts.map(({ part, color, wattHours }, index) => (
          <div key={part}><span className="muted">{index === 0 ? '= ' : '+ '}<i className="dot" style={{ background: color }} />{t(`books.energy.${part}`)}</span><b>{formatKwh(wattHours)}<small> kWh</small></b><small>{share(wattHours).toFixed(1)} %</small></div>
        ))}
      </div>
    </Card>
  );
}
