import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App } from 'antd';
import { useRef } from 'react';
import { newIdempotencyKey } from '../api/client.ts';
import { toProblem, type Problem } from '../api/problem.ts';
import { useTranslate } from '../i18n/index.ts';
import { ProblemCode, problemSentence } from './problem-view.tsx';

type Act<Input, Output> = {
  /** The key stays the same while this dialog is open and nothing has succeeded: a retry after a lost answer books nothing twice. */
  readonly run: (input: Input, idempotencyKey: string) => Promise<Output>;
  readonly done?: (output: Output, input: Input) => string | null;
  /** First parts of the query keys that this act makes stale. */
  readonly stale: readonly string[];
};
export type ActState<Input> = { readonly act: (input: Input) => Promise<boolean>; readonly busy: boolean; readonly problem: Problem | null; readonly reset: () => void };

/** One act of a person: run once per intent, say what came of it, renew what it changed. */
export function useAct<Input, Output>({ run, done, stale }: Act<Input, Output>): ActState<Input> {
  const queries = useQueryClient();
  const { message } = App.useApp();
  const intent = useRef<{ key: string; input: string } | null>(null);
  const running = useRef(false);
  const mutation = useMutation({
    mutationFn: (input: Input) => {
      const text = JSON.stringify(input);
      if (intent.current?.input !== text) intent.current = { key: newIdempotencyKey(), input: text };
      return run(input, intent.current.key);
    },
    onSuccess: (output, input) => {
      intent.current = null;
      const text = done?.(output, input);
      if (text) void message.success(text);
      for (const part of stale) void queries.invalidateQueries({ queryKey: [part] });
    },
  });
  const { mutateAsync, reset } = mutation;
  return {
    act: async (input) => {
      if (running.current) return false; // A second click of a double click.
      running.current = true;
      try { await mutateAsync(input); return true; } catch { return false; } finally { running.current = false; } // The problem is shown where the act was asked for.
    },
    busy: mutation.isPending, problem: mutation.error ? toProblem(mutation.error) : null, reset,
  };
}

/** Why an act did not happen, with the fields that were wrong and the code to copy. */
export function ActProblem({ problem }: { problem: Problem | null }) {
  const t = useTranslate();
  if (!problem) return null;
  return (
    <Alert type="error" showIcon className="problem" title={problemSentence(t, problem)} style={{ marginBottom: 16 }}
      description={<div style={{ display: 'grid', gap: 6 }}>
        {problem.whatToDo && problem.detail && <span>{problem.detail}</span>}
        {problem.errors?.map((error) => <span key={error.pointer}>{error.pointer.replace(/^\/body\//, '')}: {error.message}</span>)}
        <span style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}><ProblemCode problem={problem} /></span>
      </div>} />
  );
}
