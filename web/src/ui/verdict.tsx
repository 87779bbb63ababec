import type { ReactNode } from 'react';

/** The answer of a page that is a question, before everything else: in words, and in colour where there is a good and a bad. */
export function Verdict({ tone, title, children, icon }: { tone: 'good' | 'bad' | null; title: ReactNode; children: ReactNode; icon?: ReactNode }) {
  return <section className={`card verdict ${tone ?? ''}`} aria-live="polite">{icon}<div><h2>{title}</h2><p>{children}</p></div></section>;
}
