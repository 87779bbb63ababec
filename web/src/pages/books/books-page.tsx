import { useQuery } from '@tanstack/react-query';
import { Button, Skeleton } from 'antd';
import { auditBooks, type Books, type Finding } from '../../api/books.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime, formatTime } from '../../format/time.ts';
import { isMessageKey, useTranslate, type Translate } from '../../i18n/index.ts';
import { Card, Page } from '../../ui/page.tsx';
import { CopyButton, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { Verdict } from '../../ui/verdict.tsx';
import { EnergyBalance } from './energy-balance.tsx';
import { Offending } from './offending.tsx';

/** Do the books balance? Every invariant one line; red ones name the records. */
export function Component() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { data: books, error, isFetching, refetch } = useQuery({ queryKey: ['books-audit'], queryFn: auditBooks, staleTime: Infinity, refetchOnWindowFocus: false });
  const audit = <Button type="primary" loading={isFetching} onClick={() => void refetch()}>{t('books.again')}</Button>;
  return (
    <Page title={t('books.title')} actions={audit} sub={books && <span>{t('books.checkedAt', { time: formatDateTime(books.checkedAt, timeZone, true), ms: formatCount(Math.round(books.tookMs)) })}</span>}>
      {error && <Card><ProblemView error={error} onRetry={() => void refetch()} /></Card>}
      {!books && !error && <Card><Skeleton active paragraph={{ rows: 8 }} /></Card>}
      {books && <BooksVerdict books={books} />}
      {books && <EnergyBalance findings={books.findings} />}
      {books && groups(books.findings).map(([module, findings]) => (
        <Card key={module} title={moduleName(t, module)} flush>
          <ul className="findings">{findings.map((finding) => <FindingLine key={finding.check} finding={finding} time={formatTime(books.checkedAt, timeZone)} />)}</ul>
        </Card>
      ))}
    </Page>
  );
}

function BooksVerdict({ books }: { books: Books }) {
  const t = useTranslate();
  const failed = books.findings.filter((finding) => finding.failed > 0);
  const looked = books.findings.reduce((sum, finding) => sum + finding.checked, 0);
  const scales = <svg width="44" height="44" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.800" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true"><path d={books.ok ? 'M12 4v16M5 20h14M5 7h14M5 7l-3 7a3.200 3.200 0 0 0 6 0zM19 7l-3 7a3.200 3.200 0 0 0 6 0z' : 'M12 4v16M5 20h14M5 9l14-4M5 9l-3 7a3.200 3.200 0 0 0 6 0zM19 5l-3 7a3.200 3.200 0 0 0 6 0z'} /></svg>;
  return <Verdict tone={books.ok ? 'good' : 'bad'} icon={scales} title={books.ok ? t('books.green') : t('books.red', { count: failed.length })}>{t('books.looked', { invariants: books.findings.length, records: formatCount(looked) })}</Verdict>;
}

function FindingLine({ finding, time }: { finding: Finding; time: string }) {
  const t = useTranslate();
  const key = `check.${finding.check}`;
  const green = finding.failed === 0;
  return (
    <li>
      <State tone={green ? 'good' : 'bad'}>{green ? t('books.holds') : t('books.broken', { count: formatCount(finding.failed) })}</State>
      <div className="about"><div>{isMessageKey(key) ? t(key) : finding.about}</div><code className="mono muted">{finding.check}</code>{!green && <Offending ids={finding.offending} failed={finding.failed} />}</div>
      <span className="count num">{formatCount(finding.checked)} <span className="muted">{t('books.records')} · {time}</span></span>
      {!green && <CopyButton text={[finding.check, ...finding.offending].join('\n')} label={t('books.copyIds')} />}
    </li>
  );
}

/** `ledger.debits_equal_credits` belongs to the ledger. */
function groups(findings: readonly Finding[]): readonly (readonly [string, readonly Finding[]])[] {
  const byModule = new Map<string, Finding[]>();
  for (const finding of findings) {
    const module = finding.check.split('.', 1)[0] ?? '';
    byModule.set(module, [...byModule.get(module) ?? [], finding]);
  }
  return [...byModule];
}

function moduleName(t: Translate, module: string): string {
  const key = `module.${module}`;
  return isMessageKey(key) ? t(key) : module.replaceAll('_', ' ');
}
