import { Alert, Button, Progress } from 'antd';
import type { AnomalyRules, Backtest } from '../../api/rules.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatAgo, formatDate, formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useNow } from '../../ui/now.ts';
import { Card, Figure, Figures } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { BacktestBills } from './backtest-bills.tsx';
import { BacktestPicture } from './backtest-picture.tsx';
import { BacktestStateWord } from './backtests.tsx';
import { useRuleWords } from './words.ts';

type Result = NonNullable<Backtest['result']>;
type Props = { backtest: Backtest | null; rules: AnomalyRules; error: unknown; onRetry: () => void; onClose: () => void };

/** What a change would have done to past bills: how far it is, the counts, the picture, and the bills themselves. */
export function BacktestCard({ backtest, rules, error, onRetry, onClose }: Props) {
  const t = useTranslate();
  const close = <Button type="text" size="small" onClick={onClose}>{t('action.close')}</Button>;
  if (!backtest) return error ? <Card title={t('backtest.title')} extra={close}><ProblemView error={error} onRetry={onRetry} /></Card> : null;
  return (
    <>
      <Card title={t('backtest.title')} label={t('backtest.title')} extra={<><BacktestStateWord state={backtest.state} />{close}</>}>
        <What backtest={backtest} rules={rules} />
        <Progression backtest={backtest} />
      </Card>
      {backtest.result && <Sums result={backtest.result} backtest={backtest} />}
      {backtest.result && backtest.result.causes.length > 0 && <Card title={t('backtest.picture')}><BacktestPicture result={backtest.result} /></Card>}
      {backtest.result && backtest.result.changed > 0 && <BacktestBills backtest={backtest} causes={backtest.result.causes.filter(({ appears, vanishes }) => appears + vanishes > 0).map(({ cause }) => cause)} />}
    </>
  );
}

function What({ backtest, rules }: { backtest: Backtest; rules: AnomalyRules }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { differences } = useRuleWords();
  const inForce = differences(rules.thresholds, backtest.thresholds);
  const span = backtest.from === null ? t('rules.span.all') : t('backtest.since', { day: formatDate(backtest.from, timeZone) });
  return (
    <>
      <p className="muted">{span} · {backtest.fromVersion === 0 ? t('backtest.againstShipped') : t('backtest.against', { version: backtest.fromVersion })} · {t('backtest.asked', { by: backtest.requestedBy, at: formatDateTime(backtest.requestedAt, timeZone) })}</p>
      {inForce.length === 0 ? <p>{t('backtest.isInForce')}</p> : backtest.fromVersion !== rules.version && <p>{t('backtest.outdated')}</p>}
      {backtest.result?.bills === 0 && <p>{t('backtest.noBills')}</p>}
    </>
  );
}

function Progression({ backtest: { state, billsDone, billsOf, failure, requestedAt } }: { backtest: Backtest }) {
  const t = useTranslate();
  const { language } = usePreferences();
  const now = useNow(10_000);
  if (state === 'failed') return <Alert type="error" showIcon title={t('backtest.failed')} description={failure ?? undefined} />;
  if (state === 'done') return null;
  const percent = billsOf === 0 ? 0 : Math.floor((billsDone / billsOf) * 100);
  return (
    <div aria-live="polite">
      <Progress percent={percent} status="active" aria-label={t('backtest.progress')} />
      <p className="muted">{state === 'waiting' ? t('backtest.waiting', { ago: formatAgo(requestedAt, now, language) }) : t('backtest.progress.of', { done: formatCount(billsDone), of: formatCount(billsOf) })}</p>
    </div>
  );
}

function Sums({ result, backtest }: { result: Result; backtest: Backtest }) {
  const t = useTranslate();
  const { before, after } = result;
  const { currency } = before.charged;
  const moved = BigInt(after.charged.amountMinor) - BigInt(before.charged.amountMinor);
  if (result.bills === 0) return null;
  return (
    <Figures>
      <Figure label={t('backtest.newly')} value={formatCount(backtest.newlyFlagged)} unit={t('backtest.ofBills', { count: formatCount(result.bills) })} note={t('backtest.newly.note')} />
      <Figure label={t('backtest.gone')} value={formatCount(backtest.noLongerFlagged)} note={t('backtest.gone.note', { count: formatCount(backtest.differing) })} />
      <Figure label={t('backtest.held')} words value={<span className="tab">{formatCount(before.held)} <span aria-hidden="true">→</span><span className="visually-hidden">{t('backtest.becomes')}</span> {formatCount(after.held)}</span>} note={t('backtest.held.note')} />
      <Figure label={t('backtest.charged')} value={`${moved > 0n ? '+' : ''}${formatMinor(moved, currency)}`} unit={currency} note={t('backtest.charged.note', { before: formatMinor(before.charged.amountMinor, currency), after: formatMinor(after.charged.amountMinor, currency) })} />
    </Figures>
  );
}
