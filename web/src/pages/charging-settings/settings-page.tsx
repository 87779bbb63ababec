import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useCallback, useState } from 'react';
import { Link } from 'react-router';
import { changeChargingPolicy, loadChargingPolicy, loadChargingPolicyVersions, type ChargingPolicy, type ChargingPolicyVersion } from '../../api/charging-settings.ts';
import { useLoggedIn, useMay, useMayEverywhere } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useAct } from '../../ui/act.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card, Figure, Figures, Page } from '../../ui/page.tsx';
import { Empty, ProblemPage, ProblemView } from '../../ui/problem-view.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { ChangeBar } from '../../ui/setting-row.tsx';
import { Differences, VersionHistory, type VersionEntry } from '../../ui/version-history.tsx';
import { SettingCards } from './setting-cards.tsx';
import { changeOf, differencesOf, draftOf, shippedSettings, wrongIn, type Draft } from './settings.ts';

const REASON_LENGTH_MAX = 500;

/** What the operator has decided about holds, running out of money, silence and bills in doubt; with every decision there was. */
export function Component() {
  const t = useTranslate();
  const { data: policy, error, refetch } = useQuery({ queryKey: ['charging-policy', 'now'], queryFn: loadChargingPolicy });
  if (error) return <ProblemPage title={t('chset.title')} crumbs={[]} error={error} onRetry={refetch} />;
  return policy ? <Settings key={policy.version} policy={policy} /> : null;
}

function Settings({ policy }: { policy: ChargingPolicy }) {
  const t = useTranslate();
  const editable = useMayEverywhere('settings:write');
  const { currency } = policy;
  const inForce = draftOf(policy);
  const [edits, setEdits] = useState<Draft | null>(null);
  const [saving, setSaving] = useState(false);
  const draft = edits ?? inForce;
  const changes = differencesOf(t, inForce, draft, currency);
  const wrong = wrongIn(draft, currency);
  return (
    <Page title={t('chset.title')} sub={t('chset.sub')}>
      <Headline policy={policy} />
      <SettingCards draft={draft} inForce={inForce} wrong={wrong} currency={currency} editable={editable} onChange={(change) => setEdits({ ...draft, ...change })} />
      {editable && changes.length > 0 && (
        <ChangeBar onDiscard={() => setEdits(null)} words={<><b>{t('chset.bar.changed', { count: changes.length })}</b><Differences changes={changes} /></>}>
          <Button type="primary" disabled={Object.keys(wrong).length > 0} onClick={() => setSaving(true)}>{t('chset.save')}</Button>
        </ChangeBar>
      )}
      <History policy={policy} />
      {saving && <Save policy={policy} draft={draft} onClose={() => setSaving(false)} />}
    </Page>
  );
}

function Headline({ policy: { version, changedAt } }: { policy: ChargingPolicy }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const mayRepair = useMay('repair:read');
  return (
    <Figures>
      <Figure label={t('rules.inForce')} words value={version > 0 ? t('setting.version', { version }) : t(changedAt === null ? 'rules.shipped' : 'chset.unnumbered')} note={t('chset.inForce.note')} />
      <Figure label={t('rules.changed')} words value={changedAt === null ? t('rules.never') : formatDateTime(changedAt, timeZone)} />
      <Figure label={t('chset.related')} words value={<Link to="/anomaly-rules">{t('rules.title')}</Link>} note={mayRepair && <Link to="/repair-policy">{t('auto.title')}</Link>} />
    </Figures>
  );
}

function Save({ policy, draft, onClose }: { policy: ChargingPolicy; draft: Draft; onClose: () => void }) {
  const t = useTranslate();
  const { act, busy, problem } = useAct({ run: changeChargingPolicy, done: ({ version }) => t('chset.saved', { version }), stale: ['charging-policy'] });
  return (
    <ReasonDialog title={t('chset.save.title', { version: policy.version + 1 })} confirm={t('chset.save')} busy={busy} problem={problem} lengthMax={REASON_LENGTH_MAX} onClose={onClose}
      text={<><Differences changes={differencesOf(t, draftOf(policy), draft, policy.currency)} /><p>{t('chset.save.text')}</p></>}
      onConfirm={(reason) => void act(changeOf(draft, policy.currency, { seenVersion: policy.version, reason })).then((done) => { if (done) onClose(); })} />
  );
}

function History({ policy: { version, currency } }: { policy: ChargingPolicy }) {
  const t = useTranslate();
  const load = useCallback((cursor: string | undefined) => loadChargingPolicyVersions(cursor), []);
  const list = useKeyset<ChargingPolicyVersion>(['charging-policy', 'versions', version], load);
  const entries = list.rows.map((row, index): VersionEntry => {
    const before = row.version === 1 ? shippedSettings(currency) : list.rows[index + 1] && draftOf(list.rows[index + 1]!);
    return { version: row.version, at: row.recordedAt, by: row.changedBy, reason: row.reason, changes: before ? differencesOf(t, before, draftOf(row), currency) : null };
  });
  return (
    <Card title={t('rules.history')}>
      {list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : entries.length === 0 ? <Empty title={t('rules.history.none')} hint={t('chset.history.none.hint')} /> : <VersionHistory label={t('rules.history')} entries={entries} more={list.more} />}
    </Card>
  );
}
