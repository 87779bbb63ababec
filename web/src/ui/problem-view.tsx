import { Button, message } from 'antd';
import { useState, type ReactNode } from 'react';
import { toProblem, type Problem } from '../api/problem.ts';
import { isMessageKey, useTranslate, type Translate } from '../i18n/index.ts';
import { Card, Page, type Crumb } from './page.tsx';

/** A sentence for the code when the console knows it, else what the server said. */
export function problemSentence(t: Translate, problem: Problem): string {
  const key = `problem.${problem.code}`;
  if (isMessageKey(key)) return t(key);
  return problem.whatToDo ? `${problem.title}. ${problem.whatToDo}`.replace('。. ', '。').replace('！. ', '！') : problem.detail ?? problem.title;
}

/** What happened, what was kept, what to do; the code with a copy button for whoever helps. */
export function ProblemView({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const t = useTranslate();
  const problem = toProblem(error);
  const forbidden = problem.status === 403;
  return (
    <div className="empty problem" role="alert">
      <h2>{forbidden ? t('problem.noPermission.title') : problem.status === 404 ? t('problem.notFound.title') : t('problem.title')}</h2>
      <p>{problemSentence(t, problem)}</p>
      {problem.detail && problem.whatToDo && <p className="muted">{problem.detail}</p>}
      {!problem.whatToDo && <p className="muted">{forbidden ? t('problem.noPermission.todo') : t('problem.kept')}</p>}
      <div className="row"><ProblemCode problem={problem} />{onRetry && !forbidden && <Button size="small" onClick={onRetry}>{t('action.retry')}</Button>}</div>
    </div>
  );
}

/** The page of an object that could not be read. */
export function ProblemPage({ title, crumbs, error, onRetry }: { title: string; crumbs: readonly Crumb[]; error: unknown; onRetry: () => unknown }) {
  return <Page title={title} crumbs={crumbs}><Card><ProblemView error={error} onRetry={() => void onRetry()} /></Card></Page>;
}

export function ProblemCode({ problem }: { problem: Problem }) {
  const t = useTranslate();
  const text = [problem.code, problem.status > 0 ? `HTTP ${problem.status}` : null, problem.requestId ?? null, problem.detail ?? problem.title].filter(Boolean).join(' · ');
  return <><code>{problem.code}</code><CopyButton text={text} label={t('action.copyError')} /></>;
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const t = useTranslate();
  const [done, setDone] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(text).then(() => { setDone(true); setTimeout(() => setDone(false), 1500); }, () => { void message.warning(t('copy.refused')); });
  };
  return <Button size="small" onClick={copy}>{done ? t('action.copied') : label}</Button>;
}

/** An empty page says what would be here and how to get it. */
export function Empty({ title, hint, action }: { title: string; hint?: ReactNode; action?: ReactNode }) {
  return <div className="empty"><h2>{title}</h2>{hint && <p>{hint}</p>}{action}</div>;
}
