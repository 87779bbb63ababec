import { useQuery } from '@tanstack/react-query';
import { Button, Input, InputNumber, Modal, Select, Switch } from 'antd';
import { useDeferredValue, useMemo, useState } from 'react';
import { FLAG_CAUSES } from '../../api/charging.ts';
import { changeRepairPolicy, tryRepairRules, type AutomaticRule, type PolicyChange, type RepairPolicy } from '../../api/repair.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount, formatKwh, formatMinor, parseMinor } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { parseKwh } from './decide.tsx';
import { WAIT_MINUTES_MAX, waitMinutes, waitSeconds } from './policy-rules.ts';

const REASON_LENGTH_MIN = 3, REASON_LENGTH_MAX = 500, DUE_DAYS_MAX = 365, WAIT_MINUTES_DEFAULT = 60;
/** As typed. */
type Draft = { readonly cause: string; readonly amount: string; readonly kwh: string; readonly minutes: number };
const plain = (text: string): string => text.replaceAll(',', '');

/** The next version of the policy: what it would accept of the open cases stands beside it before it counts. */
export function PolicyDialog({ policy, onClose }: { policy: RepairPolicy; onClose: () => void }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const [enabled, setEnabled] = useState(policy.enabled);
  const [dueDays, setDueDays] = useState(policy.dueDays);
  const [above, setAbove] = useState(plain(formatMinor(policy.bulkFourEyesAbove.amountMinor, currency)));
  const [drafts, setDrafts] = useState<readonly Draft[]>(() => policy.automatic.map((rule) => ({ cause: rule.cause, amount: plain(formatMinor(rule.amountMax.amountMinor, currency)), kwh: plain(formatKwh(rule.energyWhMax)), minutes: waitMinutes(rule.waitSeconds) })));
  const [reason, setReason] = useState('');
  const rules = useMemo(() => drafts.map((draft) => ruleFrom(draft, currency)), [drafts, currency]);
  const aboveMinor = parseMinor(above, currency);
  const known = rules.filter((rule) => rule !== null);
  const { act, busy, problem } = useAct({ run: (change: PolicyChange) => changeRepairPolicy(change), done: ({ version }) => t('auto.saved', { version }), stale: ['repair-policy', 'repair-cases'] });
  const ready = known.length === rules.length && aboveMinor !== null && reason.trim().length >= REASON_LENGTH_MIN;
  const save = async () => { if (aboveMinor !== null && await act({ seenVersion: policy.version, enabled, dueDays, bulkFourEyesAboveMinor: String(aboveMinor), automatic: known, reason: reason.trim() })) onClose(); };
  return (
    <Modal open width={860} title={t('auto.change.title')} onCancel={onClose} onOk={() => void save()} okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: !ready }}>
      <ActProblem problem={problem} />
      <p className="muted" style={{ marginBottom: 14 }}>{t('auto.change.text')}</p>
      <div className="form-grid" style={{ gap: '12px 16px', marginBottom: 16 }}>
        <div><label htmlFor="policy-on">{t('auto.enabled')}</label><div><Switch id="policy-on" checked={enabled} onChange={setEnabled} /></div></div>
        <div><label htmlFor="policy-due">{t('auto.due')}</label><InputNumber id="policy-due" min={1} max={DUE_DAYS_MAX} precision={0} suffix={t('auto.days')} style={{ width: '100%' }} value={dueDays} onChange={(days) => setDueDays(days ?? 1)} /></div>
        <div><label htmlFor="policy-above">{t('auto.bulkAbove')}</label><Input id="policy-above" inputMode="decimal" suffix={currency} value={above} status={aboveMinor === null ? 'error' : ''} onChange={(event) => setAbove(event.target.value)} /></div>
      </div>
      <RuleRows drafts={drafts} onChange={setDrafts} />
      <TrialLine enabled={enabled} rules={known} />
      <div style={{ marginTop: 12 }}><label htmlFor="reason">{t('reason.label')}</label><Input.TextArea id="reason" rows={2} maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
    </Modal>
  );
}

/** @returns null while a limit is no figure. */
function ruleFrom({ cause, amount, kwh, minutes }: Draft, currency: string): AutomaticRule | null {
  const minor = parseMinor(amount, currency), wattHours = parseKwh(kwh);
  return minor === null || wattHours === null ? null : { cause, amountMinorMax: String(minor), energyWhMax: wattHours, waitSeconds: waitSeconds(minutes) };
}

function RuleRows({ drafts, onChange }: { drafts: readonly Draft[]; onChange: (drafts: readonly Draft[]) => void }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const used = new Set(drafts.map(({ cause }) => cause));
  const set = (cause: string, change: Partial<Draft>) => onChange(drafts.map((draft) => (draft.cause === cause ? { ...draft, ...change } : draft)));
  return (
    <fieldset className="rule-rows">
      <legend>{t('auto.rules')}</legend>
      {drafts.length === 0 && <p className="muted">{t('auto.rules.none.hint')}</p>}
      {drafts.map((draft) => {
        const name = translateCode(t, 'flag', draft.cause);
        const wrong = { amount: parseMinor(draft.amount, currency) === null, kwh: parseKwh(draft.kwh) === null };
        return (
          <div className="rule-row" key={draft.cause}>
            <b>{name}</b>
            <Input aria-label={`${name}: ${t('auto.amountMax')}`} inputMode="decimal" prefix="≤" suffix={currency} status={wrong.amount ? 'error' : ''} value={draft.amount} onChange={(event) => set(draft.cause, { amount: event.target.value })} />
            <Input aria-label={`${name}: ${t('auto.energyMax')}`} inputMode="decimal" prefix="≤" suffix="kWh" status={wrong.kwh ? 'error' : ''} value={draft.kwh} onChange={(event) => set(draft.cause, { kwh: event.target.value })} />
            <InputNumber aria-label={`${name}: ${t('auto.wait')}`} min={0} max={WAIT_MINUTES_MAX} precision={0} prefix={t('auto.wait')} suffix={t('auto.wait.unit')} style={{ width: '100%' }} value={draft.minutes} onChange={(minutes) => set(draft.cause, { minutes: minutes ?? 0 })} />
            <Button type="text" aria-label={t('auto.remove', { cause: name })} onClick={() => onChange(drafts.filter(({ cause }) => cause !== draft.cause))}>×</Button>
          </div>
        );
      })}
      <Select aria-label={t('auto.add')} placeholder={t('auto.add')} style={{ width: 'min(360px, 100%)' }} showSearch={{ optionFilterProp: 'label' }} value={null}
        onChange={(cause: string | null) => { if (cause !== null) onChange([...drafts, { cause, amount: '100', kwh: '60', minutes: WAIT_MINUTES_DEFAULT }]); }}
        options={FLAG_CAUSES.filter((cause) => !used.has(cause)).map((value) => ({ value, label: translateCode(t, 'flag', value) }))} />
    </fieldset>
  );
}

/** What the rules would do now, before they count. */
function TrialLine({ enabled, rules }: { enabled: boolean; rules: readonly AutomaticRule[] }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const asked = useDeferredValue(rules);
  const { data } = useQuery({ queryKey: ['repair-cases', 'trial', asked], queryFn: () => tryRepairRules(asked), placeholderData: (before) => before });
  if (!data) return null;
  const { causes } = data;
  const sum = (of: (each: (typeof causes)[number]) => bigint): bigint => causes.reduce((total, each) => total + of(each), 0n);
  return (
    <p role="status" style={{ marginTop: 12 }}>{t(enabled ? 'auto.trial' : 'auto.trial.off', {
      accepted: formatCount(sum(({ accepted }) => BigInt(accepted))), open: formatCount(sum(({ open }) => BigInt(open))), amount: formatMinor(sum(({ total }) => BigInt(total.amountMinor)), currency), currency,
      energy: formatKwh(sum(({ totalWh }) => BigInt(totalWh))),
    })}</p>
  );
}
