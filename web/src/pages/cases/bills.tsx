import { useQueries } from '@tanstack/react-query';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { loadSession, type SessionDetail } from '../../api/charging.ts';
import { loadRepairCases, type RepairCase } from '../../api/repair.ts';
import type { SupportLink } from '../../api/cases.ts';
import { useMay } from '../../app/account.tsx';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Card } from '../../ui/page.tsx';
import { State } from '../../ui/state.tsx';
import { CaseStateWord } from '../repair/words.tsx';

const SHOWN = 20;
type Line = { readonly link: SupportLink; readonly session: SessionDetail | undefined; readonly repair: RepairCase | null };

/** The bills that a case concerns, each with what it is now: held, repaired or nothing odd, and the way to it. */
export function CaseBills({ links }: { links: readonly SupportLink[] }) {
  const t = useTranslate();
  const [count, setCount] = useState(SHOWN);
  const [mayCharging, mayRepair] = [useMay('charging:read'), useMay('repair:read')];
  const shown = links.slice(0, count);
  const sessions = useQueries({ queries: shown.map(({ id }) => ({ queryKey: ['sessions', id], queryFn: () => loadSession(id), enabled: mayCharging })) });
  const repairs = useQueries({ queries: shown.map(({ id }) => ({ queryKey: ['repair-cases', 'of', id], queryFn: () => loadRepairCases({ sessionId: id }, undefined), enabled: mayRepair })) });
  const lines = shown.map((link, index): Line => ({ link, session: sessions[index]?.data, repair: repairs[index]?.data?.items[0] ?? null }));
  const columns = useMemo<readonly Column<Line>[]>(() => [
    { key: 'session', title: t('case.bill.session'), render: ({ link, session }) => <><Link className="cell-main" to={`/sessions/${link.id}`}>{session ? `${session.chargePointIdentity} · ${session.evseNumber ?? '?'}` : <span className="clip">{link.label}</span>}</Link>{link.origin === 'recurrence' && <> <State tone="bad">{t('case.origin.recurrence')}</State></>}</> },
    { key: 'at', title: t('case.bill.at'), wideOnly: true, render: ({ session }) => session ? <span className="tab">{formatDateTime(session.startedAt, session.timeZone)}</span> : <span className="muted">–</span> },
    { key: 'energy', title: t('case.bill.energy'), unit: 'kWh', numeric: true, wideOnly: true, render: ({ session }) => session ? formatKwh(session.energyWh) : <span className="muted">–</span> },
    { key: 'total', title: t('case.bill.total'), numeric: true, render: ({ session }) => session?.total ? `${formatMinor(session.total.amountMinor, session.total.currency)} ${session.total.currency}` : <span className="muted">–</span> },
    { key: 'state', title: t('case.bill.state'), under: true, render: ({ session }) => !session ? <span className="muted">–</span> : session.flagCauses.length === 0 ? <State tone="good">{t('case.bill.fine')}</State> : <State tone={session.held ? 'bad' : 'neutral'}>{translateCode(t, 'flag', session.flagCauses[0])}</State> },
    { key: 'repair', title: t('case.bill.abnormal'), wideOnly: true, render: ({ repair }) => repair === null ? <span className="muted">–</span> : <Link to={`/abnormal-bills/${repair.caseId}`}><CaseStateWord state={repair.state} /></Link> },
  ], [t]);
  return (
    <Card flush title={t('case.bills')} label={t('case.bills')}>
      {links.length === 0 ? <p className="muted" style={{ padding: '0 var(--k-pad) 12px' }}>{t('case.bills.none')}</p> : <DataTable label={t('case.bills')} columns={columns} rows={lines} rowKey={({ link }) => link.id} href={({ link }) => `/sessions/${link.id}`} empty={null} />}
      {links.length > count && <div className="list-end"><Button size="small" onClick={() => setCount((now) => now + SHOWN)}>{t('case.bill.more', { count: Math.min(SHOWN, links.length - count) })}</Button></div>}
    </Card>
  );
}
