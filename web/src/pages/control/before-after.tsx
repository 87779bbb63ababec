import { useTranslate } from '../../i18n/index.ts';

type Fields = Readonly<Record<string, unknown>> | null;

/** What an act changed, field by field; changed ones stand out. */
export function BeforeAfter({ before, after }: { before: Fields; after: Fields }) {
  const t = useTranslate();
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (names.length === 0) return null;
  return (
    <div className="table-wrap" tabIndex={0} role="region" aria-label={`${t('audit.before')} / ${t('audit.after')}`}>
      <table className="data">
        <thead><tr><th scope="col" /><th scope="col">{t('audit.before')}</th><th scope="col">{t('audit.after')}</th></tr></thead>
        <tbody>
          {names.map((name) => {
            const [old, now] = [text(before?.[name]), text(after?.[name])];
            return <tr key={name} className={before !== null && old !== now ? 'lit' : undefined}><td className="muted">{name}</td><td className="mono wrap">{old}</td><td className="mono wrap">{now}</td></tr>;
          })}
        </tbody>
      </table>
    </div>
  );
}

const text = (value: unknown): string => value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
