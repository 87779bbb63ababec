import { Link } from 'react-router';
import type { Blocker, Period } from '../../api/periods.ts';
import { formatCount } from '../../format/number.ts';
import { isMessageKey, useTranslate, type Translate } from '../../i18n/index.ts';
import { Card } from '../../ui/page.tsx';
import { State } from '../../ui/state.tsx';
import { Verdict } from '../../ui/verdict.tsx';

const GATES = ['open_breaks', 'unknown_outcomes', 'failing_audit'] as const;
/** Only a job asks it, because it reads everything that was ever booked; before one has, nobody knows. */
const BY_JOB_ONLY = 'failing_audit';
/** Where what stands against a month is worked on. */
const PLACES: Readonly<Record<string, string>> = { open_breaks: '/reconciliation?tab=breaks', unknown_outcomes: '/recovery', failing_audit: '/books' };

export function Gates({ period: { blockers, work } }: { period: Period }) {
  const t = useTranslate();
  const found = new Map(blockers.map((blocker) => [blocker.gate, blocker]));
  const gates = [...new Set([...GATES, ...found.keys()])], audited = work?.blockers !== null && work !== null;
  const verdict = blockers.length > 0 ? { tone: 'bad' as const, title: t('period.blocked', { count: blockers.length }), text: t('period.blocked.text') }
    : audited ? { tone: 'good' as const, title: t('period.free'), text: t('period.free.text') } : { tone: null, title: t('period.unasked'), text: t('period.unasked.text') };
  return (
    <>
      <Verdict tone={verdict.tone} title={verdict.title}>{verdict.text}</Verdict>
      <Card title={t('period.gates')} flush><ul className="findings">{gates.map((gate) => <GateLine key={gate} gate={gate} blocker={found.get(gate)} unasked={gate === BY_JOB_ONLY && !audited} />)}</ul></Card>
    </>
  );
}

function GateLine({ gate, blocker, unasked }: { gate: string; blocker: Blocker | undefined; unasked: boolean }) {
  const t = useTranslate();
  const place = PLACES[gate];
  return (
    <li>
      {unasked ? <State tone="neutral">{t('period.gate.unasked')}</State> : <State tone={blocker ? 'bad' : 'good'}>{blocker ? t('period.gate.stands', { count: formatCount(blocker.count) }) : t('period.gate.free')}</State>}
      <div className="about"><div>{gateText(t, gate, blocker)}</div>{blocker && blocker.examples.length > 0 && <code className="mono muted">{blocker.examples.join(' · ')}{blocker.count > blocker.examples.length ? ' …' : ''}</code>}</div>
      {blocker && place && <Link to={place}>{t('period.gate.work')}</Link>}
    </li>
  );
}

export function gateText(t: Translate, gate: string, blocker?: Blocker): string {
  const key = `period.gate.${gate}`;
  return isMessageKey(key) ? t(key) : blocker?.about ?? gate.replaceAll('_', ' ');
}
