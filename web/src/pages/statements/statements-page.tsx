import { Button } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { loadStatements, STATEMENT_STATES, SUBJECT_KINDS, type Statement } from '../../api/statements.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { NewStatement } from './new-statement.tsx';
import { countdown, spanText, StatementStateWord } from './words.tsx';

const path = ({ statementId }: Statement): string => `/statements/${statementId}`;

/** What is settled with fleets, departments and sub-operators, how far it is, and when it closes. */
export function Component() {
  const t = useTranslate();
  const { timeZone, currency } = useLoggedIn();
  const may = useMayEverywhere('statements:close');
  const [making, setMaking] = useState(false);
  const specs = useMemo<readonly FilterSpec[]>(() => [
    { key: 'kind', label: t('statement.kind'), kind: 'choice', options: SUBJECT_KINDS.map((value) => ({ value, label: t(`report.by.${value}`) })) },
    { key: 'state', label: t('pay.state'), kind: 'choice', options: STATEMENT_STATES.map((value) => ({ value, label: t(`statement.state.${value}`) })) },
  ], [t]);
  const { kind, state } = useFilters(specs);
  const load = useCallback((cursor: string | undefined) => loadStatements({ kind, state }, cursor), [kind, state]);
  const list = useKeyset<Statement>(['statements', kind ?? '', state ?? ''], load);
  const columns = useMemo<readonly Column<Statement>[]>(() => {
    const closes = (row: Statement): string => row.daysLeft === null ? row.closedAt === null ? '' : formatDateTime(row.closedAt, timeZone) : `${countdown(t, row.daysLeft)} (${row.closesOn})`;
    return [
      { key: 'subject', title: t('statement.subject'), render: (row) => <Link className="cell-main" to={path(row)}>{row.subjectName ?? row.subjectId}</Link>, text: (row) => row.subjectName ?? row.subjectId },
      { key: 'kind', title: t('statement.kind'), wideOnly: true, render: (row) => t(`report.by.${row.subjectKind}`), text: (row) => t(`report.by.${row.subjectKind}`) },
      { key: 'span', title: t('statement.span'), under: true, render: (row) => <span className="tab">{spanText(row)}</span>, text: spanText },
      { key: 'state', title: t('pay.state'), render: (row) => <StatementStateWord state={row.state} />, text: (row) => t(`statement.state.${row.state}`) },
      { key: 'closes', title: t('statement.closes'), wideOnly: true, render: (row) => row.daysLeft !== null ? <State tone={row.daysLeft < 0 ? 'bad' : 'neutral'}>{closes(row)}</State> : closes(row) === '' ? <span className="muted">–</span> : <span className="tab">{closes(row)}</span>, text: closes },
      { key: 'by', title: t('statement.madeBy'), wideOnly: true, optional: true, render: (row) => row.madeBy, text: (row) => row.madeBy },
      { key: 'total', title: t('report.total'), unit: currency, numeric: true, render: (row) => row.total ? formatMinor(row.total.totalMinor, row.currency) : <span className="muted">{t('statement.open')}</span>, text: (row) => row.total ? formatMinor(row.total.totalMinor, row.currency) : '' },
    ];
  }, [t, timeZone, currency]);
  return (
    <Page title={t('statement.title')} sub={t('statement.sub')} actions={may && <Button type="primary" onClick={() => setMaking(true)}>{t('statement.new')}</Button>}>
      <FilterBar specs={specs} />
      <ListCard name="statements" label={t('statement.title')} list={list} columns={columns} rowKey={(row) => row.statementId} href={path} loadPage={load} empty={<Empty title={t('statement.none')} hint={t('statement.none.hint')} />} />
      {making && <NewStatement onClose={() => setMaking(false)} />}
    </Page>
  );
}
