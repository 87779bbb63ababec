import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { loadCorrectionPolicy, loadRepairPolicy, loadRepairPolicyVersions, tryRepairRules, type RepairPolicy, type RepairPolicyVersion } from '../../api/repair.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount, formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate, type Translate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card, Figure, Figures, Page } from '../../ui/page.tsx';
import { Empty, ProblemPage, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { FourEyesDialog } from './four-eyes-dialog.tsx';
import { PolicyDialog } from './policy-dialog.tsx';
import { rulesOf, waitMinutes } from './policy-rules.ts';

type Rule = RepairPolicy['automatic'][number];

/** What is repaired without a person, up to which limits, and who decided that when. */
export function Component() {
  const t = useTranslate();
  const may = useMayEverywhere('repair:policy');
  const [changing, setChanging] = useState(false);
  const { data: policy, error, refetch } = useQuery({ queryKey: ['repair-policy', 'now'], queryFn: loadRepairPolicy });
  const crumbs = [{ to: '/abnormal-bills', label: t('repair.title') }];
  if (error) return <ProblemPage title={t('auto.title')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!policy) return null;
  return (
    <Page title={t('auto.title')} crumbs={crumbs} sub={t('auto.sub')} actions={may && <Button type="primary" onClick={() => setChanging(true)}>{t('auto.change')}</Button>}>
      <Headline policy={policy} may={may} />
      <Card title={t('auto.rules')} flush><Rules policy={policy} /></Card>
      <History version={policy.version} />
      {changing && <PolicyDialog policy={policy} onClose={() => setChanging(false)} />}
    </Page>
  );
}

function Headline({ policy, may }: { policy: RepairPolicy; may: boolean }) {
  const t = useTranslate();
  const [changing, setChanging] = useState(false);
  const { data: corrections } = useQuery({ queryKey: ['correction-policy'], queryFn: loadCorrectionPolicy, enabled: useMayEverywhere('charging:read') });
  const above = policy.bulkFourEyesAbove;
  return (
    <Figures>
      <Figure label={t('auto.state')} words value={<State tone={policy.enabled ? 'good' : 'neutral'}>{t(policy.enabled ? 'auto.on' : 'auto.off')}</State>} note={policy.version === 0 ? t('auto.builtIn') : t('auto.version', { version: policy.version })} />
      <Figure label={t('auto.due')} value={formatCount(policy.dueDays)} unit={t('auto.days')} />
      <Figure label={t('auto.bulkAbove')} value={formatMinor(above.amountMinor, above.currency)} unit={above.currency} note={t('auto.bulkAbove.note')} />
      {corrections && <Figure label={t('auto.fourEyes')} words value={<><span className="tab">{formatMinor(corrections.fourEyesAbove.amountMinor, corrections.fourEyesAbove.currency)} {corrections.fourEyesAbove.currency}</span> · <span className="tab">{formatKwh(corrections.fourEyesAboveWh)} kWh</span></>}
        note={<>{t('auto.fourEyes.note')}{may && <div style={{ marginTop: 6 }}><Button size="small" onClick={() => setChanging(true)}>{t('auto.fourEyes.change')}</Button></div>}</>} />}
      {changing && corrections && <FourEyesDialog policy={corrections} onClose={() => setChanging(false)} />}
    </Figures>
  );
}

function Rules({ policy }: { policy: RepairPolicy }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const rules = useMemo(() => rulesOf(policy), [policy]);
  const { data: trial } = useQuery({ queryKey: ['repair-cases', 'trial', rules], queryFn: () => tryRepairRules(rules), enabled: rules.length > 0 });
  const columns = useMemo<readonly Column<Rule>[]>(() => {
    const now = new Map(trial?.causes.map((each) => [each.cause, each]));
    return [
      { key: 'cause', title: t('repair.by.cause'), render: (row) => <span className="cell-main">{translateCode(t, 'flag', row.cause)}</span> },
      { key: 'amount', title: t('auto.amountMax'), unit: currency, numeric: true, render: (row) => formatMinor(row.amountMax.amountMinor, row.amountMax.currency) },
      { key: 'energy', title: t('auto.energyMax'), unit: 'kWh', numeric: true, render: (row) => formatKwh(row.energyWhMax) },
      { key: 'wait', title: t('auto.wait'), unit: t('auto.wait.unit'), numeric: true, wideOnly: true, render: (row) => formatCount(waitMinutes(row.waitSeconds)) },
      { key: 'now', title: t('auto.now'), numeric: true, wideOnly: true, render: (row) => { const of = now.get(row.cause); return trial === undefined ? '…' : t('auto.now.of', { accepted: formatCount(of?.accepted ?? 0), open: formatCount(of?.open ?? 0) }); } },
    ];
  }, [t, currency, trial]);
  return <DataTable label={t('auto.rules')} keys={false} columns={columns} rows={policy.automatic} rowKey={(row) => row.cause} empty={<Empty title={t('auto.rules.none')} hint={t('auto.rules.none.hint')} />} />;
}

function whatItSays(t: Translate, { dueDays, bulkFourEyesAbove: above, automatic }: RepairPolicyVersion): string {
  return [t('auto.history.causes', { count: automatic.length }), t('auto.history.due', { days: dueDays }), t('auto.history.above', { amount: formatMinor(above.amountMinor, above.currency), currency: above.currency })].join(' · ');
}

function History({ version }: { version: number }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const load = useCallback((cursor: string | undefined) => loadRepairPolicyVersions(cursor), []);
  const list = useKeyset<RepairPolicyVersion>(['repair-policy', 'versions', version], load);
  return (
    <Card title={t('auto.history')} flush>
      <DataTable label={t('auto.history')} keys={false} rows={list.rows} rowKey={(row) => String(row.version)} more={list.more} loading={list.loading}
        empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('auto.history.none')} hint={t('auto.history.none.hint')} />} columns={[
          { key: 'version', title: t('auto.history.version'), render: (row) => <span className="states"><b className="tab">{row.version}</b><State tone={row.enabled ? 'good' : 'neutral'}>{t(row.enabled ? 'auto.on' : 'auto.off')}</State></span> },
          { key: 'when', title: t('auto.history.when'), under: true, render: (row) => <span className="tab">{formatDateTime(row.recordedAt, timeZone)}</span> },
          { key: 'by', title: t('auto.history.by'), render: (row) => row.changedBy },
          { key: 'what', title: t('auto.history.what'), wideOnly: true, render: (row) => <span className="wrap-text">{whatItSays(t, row)}<div className="cell-sub">{row.automatic.map((rule) => `${translateCode(t, 'flag', rule.cause)} ≤ ${formatMinor(rule.amountMax.amountMinor, rule.amountMax.currency)}, ${formatKwh(rule.energyWhMax)} kWh`).join('; ')}</div></span> },
          { key: 'why', title: t('auto.history.why'), under: true, render: (row) => row.reason === null ? <span className="muted">–</span> : <span className="wrap-text">{row.reason}</span> },
        ]} />
    </Card>
  );
}
