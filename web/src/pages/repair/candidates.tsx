import { Button } from 'antd';
import type { RepairCandidate, RepairCaseDetail } from '../../api/repair.ts';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { State } from '../../ui/state.tsx';
import { ConfidenceWord, EvidenceWords } from './words.tsx';

type Props = { one: RepairCaseDetail; timeZone: string; shown: string | null; mayAccept: boolean; onShow: (source: string) => void; onAccept: (candidate: RepairCandidate) => void };

/** Everything that may be true, side by side, each with its price, its bounds and what it rests on. */
export function Candidates({ one, timeZone, shown, mayAccept, onShow, onAccept }: Props) {
  const t = useTranslate();
  const proposal = one.candidates;
  if (!proposal || proposal.candidates.length === 0) return <p className="muted">{t('repair.candidates.none')}</p>;
  return (
    <>
      <p style={{ marginBottom: 12 }}><EvidenceWords prefix="repair.why" evidence={proposal.why} timeZone={timeZone} /> {proposal.automatic && <State tone="good">{t('repair.automatic')}</State>}</p>
      <div className="attempts">
        {proposal.candidates.map((candidate) => (
          <article key={candidate.source} className={proposal.chosen === candidate.source ? 'attempt applied' : 'attempt'}>
            <header>
              {translateCode(t, 'repair.source', candidate.source)}{proposal.chosen === candidate.source && <State tone="good">{t('repair.chosen')}</State>}
              <span className="spring" /><ConfidenceWord confidence={candidate.confidence} />
            </header>
            <div className="candidate-figures">
              <b className="tab">{formatKwh(candidate.energyWh)} <small>kWh</small></b>
              <span className="tab">{candidate.total === null ? t('repair.price.none') : `${formatMinor(candidate.total.amountMinor, candidate.total.currency)} ${candidate.total.currency}`}</span>
            </div>
            {candidate.lowerWh !== candidate.upperWh && <p className="muted tab">{t('repair.bounds', { lower: formatKwh(candidate.lowerWh), upper: formatKwh(candidate.upperWh) })}</p>}
            <ul className="evidence" aria-label={t('repair.evidence')}>{candidate.evidence.map((evidence, index) => <li key={index}><EvidenceWords prefix="repair.evidence" evidence={evidence} timeZone={timeZone} /></li>)}</ul>
            {candidate.refusal !== null && <p><State tone="bad">{t('repair.refusal', { why: translateCode(t, 'repair.refused', candidate.refusal) })}</State></p>}
            <div className="candidate-acts">
              {mayAccept && candidate.refusal === null && <Button type={proposal.chosen === candidate.source ? 'primary' : 'default'} onClick={() => onAccept(candidate)}>{t('repair.accept')}</Button>}
              <Button type="text" aria-pressed={shown === candidate.source} onClick={() => onShow(candidate.source)}>{t('action.show')}</Button>
            </div>
          </article>
        ))}
      </div>
    </>
  );
}
