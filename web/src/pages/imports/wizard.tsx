import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Alert, App, Button } from 'antd';
import { useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import { proposeMapping, startImport, type FileForm, type GivenColumns, type Mapping, type Proposal, type SessionImport } from '../../api/imports.ts';
import { toProblem } from '../../api/problem.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { Card } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { ColumnsCard } from './columns-card.tsx';
import { choose, draftMapping, type ValueEdits } from './draft.ts';
import { PreviewCard } from './preview-card.tsx';
import { ValuesCard } from './values-card.tsx';
import { pathOf } from './words.tsx';

/** How a table is to be read: proposed, changed by a person, tried, and started. Nothing is stored before that. */
export function Wizard({ one, mayRun }: { one: SessionImport; mayRun: boolean }) {
  const { timeZone } = useLoggedIn();
  const [given, setGiven] = useState<GivenColumns>({});
  const [form, setForm] = useState<FileForm>({});
  const [edits, setEdits] = useState<ValueEdits>({});
  const { data: proposal, error, refetch, isPlaceholderData } = useQuery({ queryKey: ['import-mapping', one.importId, given, form], queryFn: () => proposeMapping(one.importId, given, form), placeholderData: keepPreviousData, staleTime: Infinity, enabled: mayRun, retry: false });
  const mapping = useMemo(() => proposal ? draftMapping(proposal, edits, { title: one.fileName, zone: timeZone }) : null, [proposal, edits, one.fileName, timeZone]);
  if (error) return <Unreadable error={error} onRetry={() => { setForm({}); setGiven({}); void refetch(); }} />;
  if (!proposal) return null;
  return (
    <>
      <Doubts proposal={proposal} solved={proposal.mapping === null && mapping !== null} />
      <ColumnsCard proposal={proposal} busy={isPlaceholderData} onChoose={(column, field) => setGiven((now) => choose(now, proposal, column, field))} />
      <ValuesCard proposal={proposal} mapping={mapping} edits={edits} onEdit={(change) => setEdits((now) => ({ ...now, ...change }))} onForm={(change) => { setForm((now) => ({ ...now, ...change })); setGiven({}); }} />
      <PreviewCard importId={one.importId} mapping={mapping} zone={mapping?.time.zone ?? timeZone} />
      {mapping && <Start one={one} mapping={mapping} busy={isPlaceholderData} />}
    </>
  );
}

function Unreadable({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const t = useTranslate();
  const { data } = toProblem(error);
  return <Card>{typeof data?.reason === 'string' && <p>{translateCode(t, 'import.unreadable', data.reason)}</p>}<ProblemView error={error} onRetry={onRetry} /></Card>;
}

function Doubts({ proposal: { doubts }, solved }: { proposal: Proposal; solved: boolean }) {
  const t = useTranslate();
  const shown = solved ? doubts.filter((doubt) => doubt !== 'times_not_understood') : doubts;
  if (shown.length === 0) return null;
  const blocked = shown.some((doubt) => /not_found|no_end|not_understood/.test(doubt));
  return <Alert type={blocked ? 'error' : 'warning'} showIcon title={t('import.doubts')} description={<ul style={{ margin: 0, paddingInlineStart: 18 }}>{shown.map((doubt) => <li key={doubt}>{translateCode(t, 'import.doubt', doubt)}</li>)}</ul>} />;
}

function Start({ one, mapping, busy }: { one: SessionImport; mapping: Mapping; busy: boolean }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const { act, busy: starting, problem } = useAct({
    run: startImport, stale: ['session-imports'],
    done: ({ importId }) => { if (importId === one.importId) return t('import.started'); void message.info(t('import.twin')); void navigate(pathOf(importId)); return null; },
  });
  return (
    <div style={{ display: 'grid', gap: 12, justifyItems: 'start' }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12, alignItems: 'center' }}><Button type="primary" loading={starting} disabled={busy} onClick={() => void act({ importId: one.importId, mapping })}>{t('import.start')}</Button><span className="muted">{t('import.preview.nothing')}</span></div>
    </div>
  );
}
