/** Stands above the word that says the same. */
export const DoneMark = ({ tone }: { tone: 'good' | 'warn' | 'neutral' }) => (
  <span className={`done-mark ${tone}`} aria-hidden="true">
    <svg width="34" height="34" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" strokeLinejoin="round"><path d={tone === 'good' ? 'M4.500 12.500l5 5 10-11' : tone === 'warn' ? 'M12 6v7M12 17.500v.01' : 'M6 12h12'} /></svg>
  </span>
);
