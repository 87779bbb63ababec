import { useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Input, Modal } from 'antd';
import { useCallback, useState } from 'react';
import { changeMemberTerms, loadChargingPolicy, loadMemberTerms, loadMemberTermsVersions, type MemberTerms, type MemberTermsVersion } from '../../api/charging-settings.ts';
import type { Money } from '../../api/types.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatMinor, parseMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate, type Translate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card, Facts } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { VersionHistory, type Difference, type VersionEntry } from '../../ui/version-history.tsx';

const REASON_LENGTH_MIN = 3, REASON_LENGTH_MAX = 500;
const words = ({ amountMinor, currency }: Money): string => `${formatMinor(amountMinor, currency)} ${currency}`;

/** What was agreed with this member about running out of money, and everything that was agreed before. */
export function ChargingTerms({ memberId, name }: { memberId: string; name: string }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const [mayWrite, mayPolicy] = [useMayEverywhere('wallets:correct'), useMayEverywhere('settings:read')];
  const [dialog, setDialog] = useState<'change' | 'history' | null>(null);
  const { data: terms, error, refetch } = useQuery({ queryKey: ['member-terms', memberId], queryFn: () => loadMemberTerms(memberId) });
  const { data: policy } = useQuery({ queryKey: ['charging-policy', 'now'], queryFn: loadChargingPolicy, enabled: mayPolicy });
  const own = terms?.balanceThreshold ?? null;
  const operators = policy ? t('terms.operators', { amount: words(policy.balanceThreshold) }) : t('terms.operators.unknown');
  return (
    <Card span={6} title={t('terms.title')} extra={<>{terms && terms.version > 1 && <Button type="text" size="small" onClick={() => setDialog('history')}>{t('rules.history')}</Button>}{terms && mayWrite && <Button size="small" onClick={() => setDialog('change')}>{t('terms.change')}</Button>}</>}>
      {error ? <ProblemView error={error} onRetry={() => void refetch()} /> : terms && <>
        <Facts rows={[
          [t('terms.threshold'), own === null ? operators : <span key="own" className="tab">{words(own)}</span>],
          [t('terms.overdraft'), <span key="overdraft" className="tab">{BigInt(terms.overdraft.amountMinor) === 0n ? t('terms.overdraft.none') : words(terms.overdraft)}</span>],
          terms.reason !== null && terms.recordedAt !== null && [t('terms.agreed'), <span key="agreed">{terms.reason}<div className="cell-sub">{terms.changedBy} · {formatDateTime(terms.recordedAt, timeZone)}</div></span>],
        ]} />
        <p className="muted" style={{ marginTop: 12 }}>{t('terms.text')}</p>
      </>}
      {dialog === 'change' && terms && <ChangeTerms memberId={memberId} name={name} terms={terms} operators={operators} onClose={() => setDialog(null)} />}
      {dialog === 'history' && terms && <TermsHistory memberId={memberId} version={terms.version} onClose={() => setDialog(null)} />}
    </Card>
  );
}

function ChangeTerms({ memberId, name, terms, operators, onClose }: { memberId: string; name: string; terms: MemberTerms; operators: string; onClose: () => void }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const plain = ({ amountMinor }: Money): string => formatMinor(amountMinor, currency).replaceAll(',', '');
  const [own, setOwn] = useState(terms.balanceThreshold !== null);
  const [threshold, setThreshold] = useState(terms.balanceThreshold === null ? '' : plain(terms.balanceThreshold));
  const [overdraft, setOverdraft] = useState(plain(terms.overdraft));
  const [reason, setReason] = useState('');
  const { act, busy, problem } = useAct({ run: changeMemberTerms, done: () => t('terms.saved', { name }), stale: ['member-terms'] });
  const [thresholdMinor, overdraftMinor] = [own ? parseMinor(threshold, currency) : null, parseMinor(overdraft, currency)];
  const ready = (!own || thresholdMinor !== null) && overdraftMinor !== null && reason.trim().length >= REASON_LENGTH_MIN;
  const save = () => void act({ memberId, basedOnVersion: terms.version, balanceThresholdMinor: thresholdMinor === null ? null : String(thresholdMinor), overdraftMinor: String(overdraftMinor ?? 0n), reason: reason.trim() }).then((done) => { if (done) onClose(); });
  return (
    <Modal open title={t('terms.change.title', { name })} onCancel={onClose} onOk={save} okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: !ready }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <p className="muted">{t('terms.change.text')}</p>
        <div><Checkbox checked={own} onChange={(event) => setOwn(event.target.checked)}>{t('terms.own')}</Checkbox>{!own && <div className="muted">{operators}</div>}</div>
        {own && <div><label htmlFor="terms-threshold">{t('terms.threshold')}</label><Input id="terms-threshold" inputMode="decimal" suffix={currency} status={thresholdMinor === null ? 'error' : ''} value={threshold} onChange={(event) => setThreshold(event.target.value)} /></div>}
        <div><label htmlFor="terms-overdraft">{t('terms.overdraft')}</label><Input id="terms-overdraft" inputMode="decimal" suffix={currency} status={overdraftMinor === null ? 'error' : ''} value={overdraft} onChange={(event) => setOverdraft(event.target.value)} /><div className="muted">{t('terms.overdraft.why')}</div></div>
        <div><label htmlFor="reason">{t('reason.label')}</label><Input.TextArea id="reason" rows={2} maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
      </div>
    </Modal>
  );
}

function differences(t: Translate, before: MemberTermsVersion | undefined, after: MemberTermsVersion): readonly Difference[] {
  const threshold = (of: MemberTermsVersion | undefined): string => (of === undefined || of.balanceThreshold === null ? t('terms.operators.unknown') : words(of.balanceThreshold));
  const overdraft = (of: MemberTermsVersion | undefined): string => (of === undefined || of.overdraft.amountMinor === '0' ? t('terms.overdraft.none') : words(of.overdraft));
  return [{ name: t('terms.threshold'), from: threshold(before), to: threshold(after) }, { name: t('terms.overdraft'), from: overdraft(before), to: overdraft(after) }].filter(({ from, to }) => from !== to);
}

function TermsHistory({ memberId, version, onClose }: { memberId: string; version: number; onClose: () => void }) {
  const t = useTranslate();
  const load = useCallback((cursor: string | undefined) => loadMemberTermsVersions(memberId, cursor), [memberId]);
  const list = useKeyset<MemberTermsVersion>(['member-terms', memberId, 'versions', version], load);
  const entries = list.rows.map((row, index): VersionEntry => {
    const before = list.rows[index + 1];
    return { version: row.version, at: row.recordedAt, by: row.changedBy, reason: row.reason, changes: before || row.version === 1 ? differences(t, before, row) : null };
  });
  return <Modal open title={t('terms.history')} onCancel={onClose} footer={null}>{list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <VersionHistory label={t('terms.history')} entries={entries} more={list.more} />}</Modal>;
}
