import { Button, Input } from 'antd';
import { useState } from 'react';
import { applyRepairCase, assignRepairCase, decideRepairCase, type CaseDecision, type RepairCaseDetail } from '../../api/repair.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useAct } from '../../ui/act.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { isClosed } from './words.tsx';

const REASON_LENGTH_MAX = 500;
const STALE = ['repair-cases', 'sessions', 'approvals', 'wallets', 'overview'];
export type Accepting = { readonly source: string; readonly energyWh: string; readonly total: { readonly amountMinor: string; readonly currency: string } | null };

/** Accepting one figure: what it does, what it costs, and why. */
export function AcceptDialog({ one, accepting, onClose }: { one: RepairCaseDetail; accepting: Accepting; onClose: () => void }) {
  const t = useTranslate();
  const { act, busy, problem } = useAct({ run: applyRepairCase, done: ({ state }) => t(state === 'awaiting_approval' ? 'repair.accepted.waits' : 'repair.accepted'), stale: STALE });
  const { source, energyWh, total } = accepting;
  return <ReasonDialog title={t('repair.accept.title', { energy: formatKwh(energyWh) })} confirm={t('repair.accept')} busy={busy} problem={problem} lengthMax={REASON_LENGTH_MAX} onClose={onClose}
    text={<>{total && <p><b>{t('repair.accept.total', { amount: formatMinor(total.amountMinor, total.currency), currency: total.currency })}</b></p>}<p>{t('repair.accept.text')}</p></>}
    onConfirm={(reason) => void act({ caseId: one.caseId, source, energyWh: source === 'typed' ? energyWh : null, evidenceDigest: one.candidates?.evidenceDigest ?? null, reason }).then((done) => { if (done) onClose(); })} />;
}

const TEXTS = { revert: ['repair.revert', 'repair.revert.text'], dismissal: ['repair.dismiss', 'repair.dismiss.text'], reopening: ['repair.reopen', 'repair.reopen.text'] } as const;

/** Putting back, dismissing and opening again, each with a reason; and who looks after the case. */
export function CaseActions({ one }: { one: RepairCaseDetail }) {
  const t = useTranslate();
  const { userId } = useLoggedIn();
  const [deciding, setDeciding] = useState<CaseDecision | null>(null);
  const decision = useAct({ run: decideRepairCase, done: (_one, input) => t(`repair.decided.${input.decision}`), stale: STALE });
  const owning = useAct({ run: assignRepairCase, done: (_one, { ownerId }) => t(ownerId === null ? 'repair.owner.released' : 'repair.owner.taken'), stale: ['repair-cases'] });
  const mine = one.ownerId === userId;
  const offered: readonly CaseDecision[] = one.state === 'applied' ? ['revert'] : one.state === 'dismissed' ? ['reopening'] : isClosed(one.state) || one.state === 'awaiting_approval' ? [] : ['dismissal'];
  return (
    <>
      {!isClosed(one.state) && <Button loading={owning.busy} onClick={() => void owning.act({ caseId: one.caseId, ownerId: mine ? null : userId })}>{t(mine ? 'repair.owner.release' : 'repair.owner.take')}</Button>}
      {offered.map((each) => <Button key={each} onClick={() => { decision.reset(); setDeciding(each); }}>{t(TEXTS[each][0])}</Button>)}
      {deciding && <ReasonDialog title={t(TEXTS[deciding][0])} text={t(TEXTS[deciding][1])} confirm={t(TEXTS[deciding][0])} busy={decision.busy} problem={decision.problem} danger={deciding === 'revert'} lengthMax={REASON_LENGTH_MAX}
        onClose={() => setDeciding(null)} onConfirm={(reason) => void decision.act({ caseId: one.caseId, decision: deciding, reason }).then((done) => { if (done) setDeciding(null); })} />}
    </>
  );
}

/** "36.36" → "36360". @returns null when it is no energy with at most three decimals. */
export function parseKwh(text: string): string | null {
  const match = /^(\d{1,7})(?:\.(\d{1,3}))?$/.exec(text.trim().replaceAll(',', ''));
  return match ? String(BigInt(`${match[1]}${(match[2] ?? '').padEnd(3, '0')}`)) : null;
}

/** A figure that somebody knows otherwise; its limit stands beside it before it is sent. */
export function TypedEntry({ one, onAccept }: { one: RepairCaseDetail; onAccept: (accepting: Accepting) => void }) {
  const t = useTranslate();
  const [text, setText] = useState('');
  const max = one.candidates?.energyWhMax ?? null;
  const energyWh = parseKwh(text);
  const over = energyWh !== null && max !== null && BigInt(energyWh) > BigInt(max);
  const hint = max === null ? '' : t(over ? 'repair.typed.over' : 'repair.typed.limit', { max: formatKwh(max) });
  return (
    <div className="typed-entry">
      <label htmlFor="typed-kwh">{t('repair.typed.energy')}</label>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}>
        <Input id="typed-kwh" inputMode="decimal" style={{ width: 160 }} value={text} status={over ? 'error' : ''} aria-describedby="typed-limit" onChange={(event) => setText(event.target.value)} />
        <Button disabled={energyWh === null || over} onClick={() => { if (energyWh !== null) onAccept({ source: 'typed', energyWh, total: null }); }}>{t('repair.accept')}</Button>
      </div>
      <p id="typed-limit" className={over ? 'bad-text' : 'muted'}>{hint}</p>
    </div>
  );
}
