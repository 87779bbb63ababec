import { useQuery } from '@tanstack/react-query';
import { Drawer } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { loadAuditEntries, loadUsers, type AuditEntry, type AuditFilter } from '../../api/control.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { formatCount, parseMinor } from '../../format/number.ts';
import { formatDateTime, wallClockInstant } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Facts, Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { recordPath } from '../books/offending.tsx';
import { ACTS, actName, subjectName } from './acts.ts';
import { BeforeAfter } from './before-after.tsx';

const DAY_MS = 86_400_000;

export function Component() {
  const t = useTranslate();
  const { timeZone, currency } = useLoggedIn();
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const maySeeUsers = useMay('users:read');
  const { data: users } = useQuery({ queryKey: ['users', 'all'], queryFn: loadUsers, enabled: maySeeUsers, staleTime: 60_000 });
  const specs = useMemo<readonly FilterSpec[]>(() => [
    ...(users === undefined ? [] : [{ key: 'actorId', label: t('audit.filter.who'), kind: 'choice' as const, options: users.map((user) => ({ value: user.userId, label: user.displayName ?? user.logInName })) }]),
    { key: 'amount', label: t('audit.filter.amount'), kind: 'text' },
    { key: 'act', label: t('audit.filter.act'), kind: 'choice', options: ACTS.map((act) => ({ value: act, label: actName(t, act) })) },
    { key: 'from', label: t('session.filter.from'), kind: 'day' }, { key: 'to', label: t('session.filter.to'), kind: 'day' },
    { key: 'ip', label: t('websession.from'), kind: 'text' }, { key: 'subjectId', label: t('audit.subject'), kind: 'text' },
  ], [t, users]);
  const filters = useFilters(specs);
  const load = useCallback((cursor: string | undefined) => loadAuditEntries(asFilter(filters, { timeZone, currency }), cursor), [filters, timeZone, currency]);
  const list = useKeyset<AuditEntry>(['audit', filters], load);
  const columns = useMemo<readonly Column<AuditEntry>[]>(() => [
    { key: 'when', title: t('audit.when'), render: (row) => <span className="tab">{formatDateTime(row.recordedAt, timeZone, true)}</span>, text: (row) => formatDateTime(row.recordedAt, timeZone, true) },
    { key: 'who', title: t('audit.who'), render: (row) => <span className="cell-main">{who(row, t('audit.system'))}</span>, text: (row) => who(row, t('audit.system')) },
    { key: 'act', title: t('audit.act'), render: (row) => actName(t, row.act), text: (row) => row.act },
    { key: 'subject', title: t('audit.subject'), wideOnly: true, render: (row) => <Subject entry={row} />, text: (row) => `${row.subject.kind} ${row.subject.id}` },
    { key: 'from', title: t('audit.from'), wideOnly: true, optional: true, render: (row) => row.ip ? <span className="mono">{row.ip}</span> : <span className="muted">–</span>, text: (row) => row.ip ?? '' },
    { key: 'reason', title: t('audit.reason'), wideOnly: true, optional: true, render: (row) => row.reason ?? <span className="muted">–</span>, text: (row) => row.reason ?? '' },
  ], [t, timeZone]);
  return (
    <Page title={t('audit.title')} sub={t('audit.sub')}>
      <FilterBar specs={specs} searchLabel={t('audit.reason')} />
      <ListCard name="audit-log" label={t('audit.title')} list={list} columns={columns} rowKey={(row) => row.entryId} onRow={setOpen} loadPage={load}
        sums={<span><b>{formatCount(list.rows.length)}{list.more.hasMore ? '+' : ''}</b>{t('audit.title')}</span>} empty={<Empty title={t('audit.empty')} hint={t('audit.empty.hint')} />} />
      <Drawer open={open !== null} onClose={() => setOpen(null)} size={620} title={open && actName(t, open.act)}>{open && <EntryDetail entry={open} timeZone={timeZone} />}</Drawer>
    </Page>
  );
}

function EntryDetail({ entry, timeZone }: { entry: AuditEntry; timeZone: string }) {
  const t = useTranslate();
  return (
    <div style={{ display: 'grid', gap: 20 }}>
      <Facts rows={[
        [t('audit.when'), <span key="w" className="tab">{formatDateTime(entry.recordedAt, timeZone, true)}</span>], [t('audit.who'), who(entry, t('audit.system'))],
        [t('audit.act'), <code key="a" className="mono">{entry.act}</code>], [t('audit.subject'), <Subject key="s" entry={entry} />],
        [t('websession.from'), entry.ip ?? '–'], [t('audit.device'), entry.userAgent ?? '–'], entry.reason !== null && [t('audit.reason'), entry.reason],
        entry.requestId !== null && [t('audit.request'), <code key="r" className="mono">{entry.requestId}</code>],
      ]} />
      <BeforeAfter before={entry.before} after={entry.after} />
    </div>
  );
}

function Subject({ entry }: { entry: AuditEntry }) {
  const t = useTranslate();
  const path = recordPath(entry.subject.id);
  const name = subjectName(t, entry.subject.kind);
  return path ? <Link to={path}>{name} <span className="mono">…{entry.subject.id.slice(-6)}</span></Link> : <>{name} <span className="mono muted">…{entry.subject.id.slice(-6)}</span></>;
}

const who = (entry: AuditEntry, system: string): string => entry.actor.kind === 'system' ? system : entry.actor.name ?? entry.actor.id ?? '?';

/** Days on the operator's wall clock, the last one included. */
function asFilter(filters: Readonly<Record<string, string>>, { timeZone, currency }: { timeZone: string; currency: string }): AuditFilter {
  const { from, to, act, actorId, amount, ip, subjectId, q } = filters;
  // What is no amount finds what moved none at all: nothing.
  const amountMinor = amount === undefined ? undefined : String(parseMinor(amount, currency) ?? -1n);
  return {
    act, actorId, amountMinor, ip, subjectId, reason: q,
    ...(from ? { from: wallClockInstant(`${from} 00:00`, timeZone).toISOString() } : {}),
    ...(to ? { to: new Date(wallClockInstant(`${to} 00:00`, timeZone).getTime() + DAY_MS).toISOString() } : {}),
  };
}
