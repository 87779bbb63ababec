import type { ReactNode } from 'react';

export type Tone = 'good' | 'warn' | 'bad' | 'neutral' | 'live';

/** A state in words; the colour repeats what the word says and never says it alone. */
export function State({ tone, children, title }: { tone: Tone; children: ReactNode; title?: string | undefined }) {
  const className = tone === 'live' ? 'live-state' : tone === 'neutral' ? 'hollow' : tone;
  return <span className={`state ${className}`} title={title}>{children}</span>;
}
