import { Link } from 'react-router';
import type { StatementDetail } from '../../api/statements.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDate } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Card } from '../../ui/page.tsx';
import { State } from '../../ui/state.tsx';
import { Verdict } from '../../ui/verdict.tsx';
import { countdown } from './words.tsx';

type OpenBill = StatementDetail['openBills']['items'][number];

/** Whether it can be closed, until when, and every bill that stands against it. */
export function Gate({ statement: { state, openBills, daysLeft } }: { statement: StatementDetail }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const until = daysLeft === null ? t('statement.gate.noDay') : countdown(t, daysLeft);
  const blocked = openBills.count > 0;
  const now = Date.now();
  const causes = ({ causes: all }: OpenBill): string => all.map((cause) => translateCode(t, 'flag', cause)).join(', ');
  return (
    <>
      <Verdict tone={blocked ? 'bad' : state === 'closing' ? 'good' : null} title={blocked ? t('statement.gate.blocked', { count: formatCount(openBills.count) }) : t(state === 'draft' ? 'statement.gate.draft' : 'statement.gate.free')}>{until} · {t(blocked ? 'statement.gate.blocked.text' : state === 'draft' ? 'statement.gate.draft.text' : 'statement.gate.free.text')}</Verdict>
      {blocked && <Card title={t('statement.gate.bills')} flush extra={openBills.count > openBills.items.length && <span className="muted">{t('statement.gate.shown', { count: formatCount(openBills.items.length) })}</span>}>
        <DataTable label={t('statement.gate.bills')} rows={openBills.items} rowKey={(row) => row.billId} href={(row) => `/sessions/${row.sessionId}`} empty={null} columns={[
          { key: 'cause', title: t('report.review.cause'), render: (row) => <Link className="cell-main" to={`/sessions/${row.sessionId}`}>{causes(row)}</Link> },
          { key: 'since', title: t('statement.gate.since'), render: (row) => <span className="tab">{formatDate(row.since, timeZone)}</span> },
          { key: 'due', title: t('statement.gate.due'), wideOnly: true, render: (row) => row.dueAt === null ? <span className="muted">–</span> : <State tone={Date.parse(row.dueAt) < now ? 'bad' : 'neutral'}>{formatDate(row.dueAt, timeZone)}</State> },
        ]} />
      </Card>}
    </>
  );
}

/** The bills in spite of which it was closed. */
export function WaivedBills({ waived }: { waived: NonNullable<StatementDetail['waived']> }) {
  const t = useTranslate();
  return (
    <Card title={t('statement.waived')} flush><ul className="findings">{waived.map((bill) => <li key={bill.billId}><State tone="warn">{t('statement.waived.one')}</State><div className="about"><Link to={`/sessions/${bill.sessionId}`}>{bill.causes.map((cause) => translateCode(t, 'flag', cause)).join(', ')}</Link></div></li>)}</ul></Card>
  );
}
