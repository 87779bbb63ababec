import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-router';

export type Crumb = { readonly to: string; readonly label: string };
type PageProps = { title: ReactNode; documentTitle?: string | undefined; crumbs?: readonly Crumb[]; sub?: ReactNode; actions?: ReactNode; children: ReactNode };

/** Every page: where it is, what it is, what to do, then the story. */
export function Page({ title, documentTitle, crumbs, sub, actions, children }: PageProps) {
  const text = documentTitle ?? (typeof title === 'string' ? title : '');
  useEffect(() => { document.title = text ? `${text} · Kirchhoff` : 'Kirchhoff'; }, [text]);
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles">
          {crumbs && crumbs.length > 0 && (
            <nav className="crumbs" aria-label="breadcrumb">
              {crumbs.map((crumb, at) => <span key={crumb.to}>{at > 0 && ' / '}<Link to={crumb.to}>{crumb.label}</Link></span>)}
            </nav>
          )}
          <h1>{title}</h1>
          {sub && <div className="sub">{sub}</div>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

type CardProps = { title?: ReactNode; extra?: ReactNode; span?: 3 | 4 | 5 | 6 | 7 | 8 | 9 | 12; flush?: boolean; children: ReactNode; label?: string };
export function Card({ title, extra, span = 12, flush = false, children, label }: CardProps) {
  return (
    <section className={`card span-${span}`} aria-label={label}>
      {(title || extra) && <header>{title && <h2>{title}</h2>}<span className="spring" />{extra}</header>}
      <div className={flush ? 'body flush' : 'body'}>{children}</div>
    </section>
  );
}

export type FigureProps = { label: ReactNode; value: ReactNode; unit?: string | undefined; note?: ReactNode; to?: string | undefined; words?: boolean };
export function Figure({ label, value, unit, note, to, words = false }: FigureProps) {
  const content = <>{value}{unit && <small>{unit}</small>}</>;
  const className = words ? 'value words' : 'value';
  return (
    <div className="figure">
      <div className="label">{label}</div>
      {to ? <Link className={className} to={to} style={{ display: 'block' }}>{content}</Link> : <div className={className}>{content}</div>}
      <div className="note">{note}</div>
    </div>
  );
}

export const Figures = ({ children }: { children: ReactNode }) => <div className="figures">{children}</div>;

export function Facts({ rows }: { rows: readonly (readonly [ReactNode, ReactNode] | null | false)[] }) {
  return (
    <dl className="facts">
      {rows.map((row, at) => row && <FactRow key={at} label={row[0]} value={row[1]} />)}
    </dl>
  );
}
const FactRow = ({ label, value }: { label: ReactNode; value: ReactNode }) => <><dt>{label}</dt><dd>{value}</dd></>;
