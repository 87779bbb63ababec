import { useEffect, useRef, useState, type RefObject } from 'react';
import { typing } from '../app/keyboard.ts';

type RowKeys = { enabled: boolean; count: number; open: (index: number) => void; body: RefObject<HTMLTableSectionElement | null>; rowPx: number };

/** `j` and `k` walk through the rows, Enter opens one. @returns the row that is marked, or -1. */
export function useRowKeys({ enabled, count, open, body, rowPx }: RowKeys): number {
  const [at, setAt] = useState(-1);
  const latest = useRef({ at, count, open });
  latest.current = { at, count, open };
  useEffect(() => {
    if (!enabled) return;
    const pressed = (event: KeyboardEvent) => {
      if (typing(event) || event.metaKey || event.ctrlKey || event.altKey) return;
      const now = latest.current;
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      if (step !== 0) {
        const next = Math.max(0, Math.min(now.count - 1, now.at + step));
        setAt(next);
        const top = (body.current?.getBoundingClientRect().top ?? 0) + next * rowPx;
        if (top < 120) scrollBy({ top: top - 200 });
        if (top > innerHeight - 80) scrollBy({ top: top - innerHeight + 200 });
        event.preventDefault();
      } else if (event.key === 'Enter' && now.at >= 0 && !(event.target as HTMLElement).closest('a,button')) {
        now.open(now.at);
      }
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [enabled, body, rowPx]);
  return at;
}
