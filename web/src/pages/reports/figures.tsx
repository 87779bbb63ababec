import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { ReportFigures } from '../../api/reports.ts';
import { formatCount, formatKwh, formatMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { Card, Figure, Figures } from '../../ui/page.tsx';
import { State } from '../../ui/state.tsx';

/** The figures of a report or a statement, before anything else. */
export function Totals({ figures, currency, adjustments, note }: { figures: ReportFigures; currency: string; adjustments: ReportFigures; note?: ReactNode }) {
  const t = useTranslate();
  // Only held bills: nothing is known to be zero.
  const unknown = figures.billCount === 0 && figures.heldCount > 0 && BigInt(figures.totalMinor) === 0n;
  const money = (minor: string): string => unknown ? '–' : formatMinor(minor, currency);
  return (
    <div className="totals"><Figures>
      <Figure label={t('report.bills')} value={formatCount(figures.billCount)} note={note ?? (figures.emptyCount > 0 ? t('report.empty.count', { count: formatCount(figures.emptyCount) }) : undefined)} />
      <Figure label={t('report.energy')} value={unknown ? '–' : formatKwh(figures.energyWh)} unit="kWh" />
      <Figure label={t('report.electricity')} value={money(figures.electricityMinor)} unit={currency} />
      <Figure label={t('report.service')} value={money(figures.serviceMinor)} unit={currency} />
      <Figure label={t('report.occupancy')} value={money(figures.occupancyMinor)} unit={currency} />
      <Figure label={t('report.total')} value={money(figures.totalMinor)} unit={currency} note={<TotalNote figures={figures} adjustments={adjustments} currency={currency} />} />
    </Figures></div>
  );
}

function TotalNote({ figures, adjustments, currency }: { figures: ReportFigures; adjustments: ReportFigures; currency: string }) {
  const t = useTranslate();
  const parts = [
    BigInt(adjustments.totalMinor) !== 0n && t('report.total.adjustments', { amount: formatMinor(adjustments.totalMinor, currency) }),
    BigInt(figures.couponMinor) !== 0n && t('report.total.coupons', { amount: formatMinor(figures.couponMinor, currency) }),
  ].filter(Boolean);
  return parts.length === 0 ? null : <>{parts.join(' · ')}</>;
}

/** What is not in the total, or not sure yet: said apart, in words, so that nobody reads a zero where the truth is "unknown". */
export function InDoubt({ figures, currency, policy, to }: { figures: ReportFigures; currency: string; policy: 'hold' | 'settle_first' | null; to?: string | undefined }) {
  const t = useTranslate();
  const lines: readonly (readonly ['bad' | 'warn' | 'neutral', ReactNode, ReactNode])[] = [
    ...(figures.heldCount !== 0 ? [['bad', t('report.held', { count: formatCount(figures.heldCount) }), t('report.held.text', { energy: formatKwh(figures.heldWh), amount: formatMinor(figures.heldMinor, currency), currency })] as const] : []),
    ...(figures.doubtCount !== 0 ? [['warn', t('report.doubt', { count: formatCount(figures.doubtCount) }), t('report.doubt.text', { amount: formatMinor(figures.doubtMinor, currency), currency })] as const] : []),
    ...(figures.emptyCount !== 0 ? [['neutral', t('report.empty.count', { count: formatCount(figures.emptyCount) }), t('report.empty.text')] as const] : []),
  ];
  return (
    <Card title={t('report.apart')} flush extra={to && (figures.heldCount > 0 || figures.doubtCount > 0) && <Link to={to}>{t('report.review')}</Link>}>
      <ul className="findings">
        {lines.length === 0 && <li><State tone="good">{t('report.apart.none')}</State><div className="about">{t('report.apart.none.text')}</div></li>}
        {lines.map(([tone, word, text]) => <li key={tone}><State tone={tone}>{word}</State><div className="about">{text}</div></li>)}
        {policy && <li><State tone="neutral">{t(`report.policy.${policy}`)}</State><div className="about muted">{t(`report.policy.${policy}.text`)}</div></li>}
      </ul>
    </Card>
  );
}

const KINDS = ['sharp', 'peak', 'flat', 'valley'] as const;

/** Energy and money of each tariff period, with the share that each has of the energy as a bar. */
export function TariffPeriods({ figures, currency }: { figures: ReportFigures; currency: string }) {
  const t = useTranslate();
  const all = KINDS.reduce((sum, kind) => sum + BigInt(figures[`${kind}Wh`]), 0n);
  const tenths = (kind: (typeof KINDS)[number]): number => all === 0n ? 0 : Number(BigInt(figures[`${kind}Wh`]) * 1_000n / all);
  const percent = (kind: (typeof KINDS)[number]): string => `${(tenths(kind) / 10).toFixed(1)} %`;
  const shown = KINDS.filter((kind) => tenths(kind) > 0);
  const unit = (text: string) => <span className="unit">({text})</span>;
  return (
    <Card title={t('report.periods')} flush>
      {shown.length > 0 && <div className="day-bar" style={{ padding: '4px var(--k-pad) 12px' }} aria-hidden="true"><div className="day-segments">{shown.map((kind) => <div key={kind} className={`day-segment ${kind}`} style={{ flexGrow: tenths(kind), flexBasis: 0 }}><b>{t(`period.${kind}`)}</b></div>)}</div></div>}
      {all === 0n ? <p className="muted" style={{ padding: '4px var(--k-pad) 16px' }}>{t('report.periods.none')}</p> : <div className="table-wrap" tabIndex={0} role="region" aria-label={t('report.periods')}>
        <table className="data">
          <thead><tr><th scope="col">{t('report.period.kind')}</th><th scope="col" className="num">{t('report.share')}</th><th scope="col" className="num">{t('report.energy')}{unit('kWh')}</th><th scope="col" className="num">{t('report.electricity')}{unit(currency)}</th><th scope="col" className="num">{t('report.service')}{unit(currency)}</th><th scope="col" className="num">{t('report.together')}{unit(currency)}</th></tr></thead>
          <tbody>
            {KINDS.map((kind) => {
              const [electricity, service] = [figures[`${kind}ElectricityMinor`], figures[`${kind}ServiceMinor`]];
              return <tr key={kind}><td><span className="nowrap"><i className={`dot ${kind}`} aria-hidden="true" />{t(`period.${kind}`)}</span></td><td className="num">{percent(kind)}</td><td className="num">{formatKwh(figures[`${kind}Wh`])}</td><td className="num">{formatMinor(electricity, currency)}</td><td className="num">{formatMinor(service, currency)}</td><td className="num">{formatMinor(BigInt(electricity) + BigInt(service), currency)}</td></tr>;
            })}
            <tr className="sum"><td><span className="nowrap">{t('report.together')}</span></td><td /><td className="num">{formatKwh(figures.energyWh)}</td><td className="num">{formatMinor(figures.electricityMinor, currency)}</td><td className="num">{formatMinor(figures.serviceMinor, currency)}</td><td className="num">{formatMinor(BigInt(figures.electricityMinor) + BigInt(figures.serviceMinor), currency)}</td></tr>
          </tbody>
        </table>
      </div>}
    </Card>
  );
}
